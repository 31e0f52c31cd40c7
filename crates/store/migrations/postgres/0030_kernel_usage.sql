-- What each kernel used over time, packed: beside the kernels, whose rows are read often and should stay narrow.
CREATE TABLE kernel_usage (
    kernel_id UUID NOT NULL PRIMARY KEY REFERENCES kernels (id) ON DELETE CASCADE,
    course BYTEA NOT NULL
);
