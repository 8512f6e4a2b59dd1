CREATE TABLE `ended_profile` (
	`space` text NOT NULL,
	`pid` text NOT NULL,
	`erased` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`space`, `pid`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `erasure` ADD `sealed_id` text;
--> statement-breakpoint
INSERT INTO `ended_profile` (`space`, `pid`, `erased`, `at`) SELECT `space`, `profile`, 1, max(`finished_at`) FROM `erasure` WHERE `finished_at` IS NOT NULL GROUP BY `space`, `profile`;
