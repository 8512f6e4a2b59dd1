CREATE TABLE `rollup_members` (
	`space` text NOT NULL,
	`segment` text NOT NULL,
	`members` integer NOT NULL,
	`corrected` integer NOT NULL,
	PRIMARY KEY(`space`, `segment`)
);
