CREATE TABLE `rollup_result` (
	`space` text NOT NULL,
	`name` text NOT NULL,
	`hour` text NOT NULL,
	`a` real NOT NULL,
	`b` real NOT NULL,
	`c` real NOT NULL,
	`d` real NOT NULL,
	`e` real NOT NULL,
	`f` real NOT NULL,
	`g` real NOT NULL,
	PRIMARY KEY(`space`, `name`, `hour`)
) WITHOUT ROWID;
