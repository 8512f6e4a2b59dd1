CREATE TABLE `rollup_members` (
	`space` text NOT NULL,
	`segment` text NOT NULL,
	`members` integer NOT NULL,
	`corrected` integer NOT NULL,
	PRIMARY KEY(`space`, `segment`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `rollup_members` SELECT `space`, `segment`, sum(`entered`) - sum(`exited`), 0 FROM `rollup_membership` GROUP BY `space`, `segment`;
