-- What administrators decided about images, kept through every new look at the machines.

-- A name given to an image, or (without one) taken away from the one that brings it.
CREATE TABLE chosen_aliases (
    alias TEXT NOT NULL PRIMARY KEY,
    canonical TEXT
);

-- Not to be offered until images are looked for again on request.
CREATE TABLE forgotten_images (
    canonical TEXT NOT NULL PRIMARY KEY
);
