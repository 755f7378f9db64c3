// SPDX-License-Identifier: BSD-2-Clause
/* socktape doctor: what this kernel and these rights allow, and what mends the rest. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "run/trial.h"
#include "source/feature.h"

struct doctor {
	bool help;
};

static const struct opt opts[] = {
	{ .letter = 'h', .name = "help", .help = "this help", .parse = opt_flag,
	  .offset = offsetof(struct doctor, help) },
	{ 0 },
};

struct report {
	bool missing[FEATURE_OWNER + 1]; /* by need */
	bool no_rights;
};

static void line(const char *verdict, const char *name, const char *text)
{
	printf("%-4s %-25s %s\n", verdict, name, text);
}

static void examine(const struct feature *f, struct report *r)
{
	struct err e;

	if (f->program && r->no_rights) {
		line("?", f->name, f->use);
		return;
	}
	if (!feature_probe(f, &e)) {
		line("yes", f->name, f->use);
		return;
	}
	line("no", f->name, f->use);
	line("", "  because", e.msg);
	line("", "  mended by", f->mend);
	r->missing[f->need] = true;
	r->no_rights |= f->probe == feature_rights;
}

static bool try_source(const struct source_ops *source)
{
	struct err e;
	bool good = !trial_run(source, &e);

	line(good ? "yes" : "no", source == &source_bpf ? "trial of bpf" : "trial of diag",
	     good ? "a session of its own was recorded exactly" : e.msg);
	return good;
}

static int conclude(const struct report *r)
{
	if (try_source(&source_bpf) && !r->missing[FEATURE_NEEDED]) {
		printf("\nlife uses source bpf: it records every session%s%s.\n",
		       r->missing[FEATURE_WITNESS] ? "; under load it may miss some, and counts them" :
						     ", without loss",
		       r->missing[FEATURE_OWNER] ? "; owners are less sure" : "");
		return r->missing[FEATURE_WITNESS] ? EXIT_FAILED : EXIT_DONE;
	}
	if (try_source(&source_diag))
		printf("\nlife uses source diag, since bpf is not possible here: %s.\n", source_diag.limits);
	else
		printf("\nlife has no source that works here.\n");
	return EXIT_FAILED;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor d = { 0 };
	struct report r = { 0 };
	struct err e;
	int first = opt_parse(opts, &d, argc, argv, &e);

	if (first >= 0 && first < argc)
		first = fail(&e, -EINVAL, "'%.64s' is not an option: doctor takes no other words", argv[first]);
	if (first < 0)
		return cmd_fail(&cmd_doctor, EXIT_USAGE, &e);
	if (d.help) {
		cmd_help(&cmd_doctor);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < feature_count; i++)
		examine(&features[i], &r);
	return conclude(&r);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "what this kernel and these rights allow, and what mends the rest",
	.examples = "  socktape doctor                try everything; exit 0: life records without loss\n",
	.description = "Tries every feature of the kernel that life rests on by loading and attaching a small "
		       "program, records one loopback session of its own, and says which source life would "
		       "use and what mends what is missing. The exit status is 0 only if life would record "
		       "without loss.",
	.opts = opts,
	.run = run_doctor,
};
