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
	bool needed_missing, other_missing, no_rights;
};

static void line(const char *verdict, const char *name, const char *text)
{
	printf("%-8s %-25s %s\n", verdict, name, text);
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
	line(f->needed ? "no" : "no (may)", f->name, f->use);
	line("", "  because", e.msg);
	line("", "  mended by", f->mend);
	r->needed_missing |= f->needed;
	r->other_missing |= !f->needed;
	r->no_rights |= f->probe == feature_rights;
}

static int conclude(const struct report *r, bool trial)
{
	if (!r->needed_missing && trial) {
		printf("\nlife uses source bpf: it records every session without loss%s.\n",
		       r->other_missing ? "; what is marked (may) makes owners less sure" : "");
		return EXIT_DONE;
	}
	printf("\nlife uses source diag, since bpf is not possible here: %s.\n", source_diag.limits);
	return EXIT_FAILED;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor d = { 0 };
	struct report r = { 0 };
	struct err e;
	bool trial;
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
	trial = !trial_run(&source_bpf, &e);
	line(trial ? "yes" : "no", "trial", trial ? "a session of its own was recorded exactly" : e.msg);
	return conclude(&r, trial);
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
