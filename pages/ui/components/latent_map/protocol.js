// Written by `python -m pages.ui.explore.protocol`, where each constant is explained.

export const NEIGHBOURS = 15;
export const NEAR = 0.1;
export const BANDWIDTH = 0.1;
export const PRIOR_SHARES = [0.5, 0.9, 0.99];
export const TILES = {"low": 4, "high": 30, "usual": 20, "step": 1};
export const SAMPLES = {"low": 4, "high": 64, "usual": 24, "step": 4};
export const TEMPERATURE = {"low": 0, "high": 2, "usual": 1, "step": 0.05};
export const PIXELS = 784;
export const LARGEST = 8000000;
export const SLOWEST_MS = 6;
export const FURTHEST_APART = 2;
export const CHARACTERS = {"low": 1, "high": 8, "usual": 4, "step": 1};
export const FRAMES = 31;
export const EVERY = 3;
export const FRAME_MS = 100;
export const STRANGE = 0.97;
export const LABELS = 1000;
export const DRAWING = 1450;
export const DECIMALS = 5;
export const FURTHEST = 100.0;
export const NARROWEST = 1e-05;
export const PACE_MS = 250;
export const PATIENCE_MS = 1500;
export const REST_MS = 900;
export const AGAIN_MS = 250;
export const LOST_MS = 2500;
/** @type {ViewParts} */
export const USUAL_VIEW = {"layer": "nothing", "top": null, "hidden": "", "axes": "z", "tiles": 20, "a": null, "b": null, "window": null};

/** @typedef {[number, number]} Place */

/** @typedef {"nothing" | "images" | "density" | "uncertainty" | "stretch" | "regions"} Layer */

/** @typedef {"points" | "contours" | "nothing"} Top */

/** @typedef {"z" | "percentiles"} Axes */

/** @typedef {"straight" | "geodesic"} PathName */

/** @typedef {"grid" | "strip" | "gif" | "samples" | "variations" | "page" | "pad"} FileName */

/** @typedef {"images" | "layer" | "path" | "samples" | "file" | "snippet" | "reading" | "originals" | "labels" | "machine" | "observed"} WhatName */

/** @typedef {"input" | "encoder" | "cloud" | "plane" | "decoder" | "output" | "costs"} PartName */

/** @typedef {"image" | "digit" | "layer" | "grid" | "path" | "samples" | "code"} SnippetName */

/**
 * How the map is looked at; `ui.view.View` is the same for the server.
 * @typedef {object} ViewParts
 * @property {"nothing" | "images" | "density" | "uncertainty" | "stretch" | "regions"} layer
 * @property {"points" | "contours" | "nothing" | null} top
 * @property {string} hidden
 * @property {"z" | "percentiles"} axes
 * @property {number} tiles
 * @property {[number, number] | null} a
 * @property {[number, number] | null} b
 * @property {[number, number, number] | null} window
 */

/**
 * Asks for more than the image at the cursor; what it needs to know goes with it.
 * @typedef {object} RequestMessage
 * @property {"images" | "layer" | "path" | "samples" | "file" | "snippet" | "reading" | "originals" | "labels" | "machine" | "observed"} what
 * @property {string} [of]
 * @property {"straight" | "geodesic"} [path]
 * @property {Record<string, string>} [view]
 * @property {[number, number]} [z]
 * @property {Array<[number, number]>} [places]
 * @property {[number, number]} [x]
 * @property {[number, number]} [y]
 * @property {number | null} [selected]
 * @property {number} [count]
 * @property {number} [temperature]
 * @property {number} [seed]
 * @property {number} [characters]
 * @property {string} [digit]
 * @property {Array<number>} [indices]
 */

/**
 * From the map: where the cursor is and how the map is looked at.
 * @typedef {object} Message
 * @property {number} number
 * @property {number | null} revision
 * @property {[number, number]} z
 * @property {[number, number] | null} hover
 * @property {Record<string, string>} view
 * @property {number | null} selected
 * @property {RequestMessage | null} request
 * @property {boolean} settled
 * @property {string} drawing
 * @property {number | null} given
 */

/**
 * The test digit whose point was clicked; images are 784 bytes in base64.
 * @typedef {object} SelectedDigit
 * @property {number} index
 * @property {number} label
 * @property {Array<string>} words
 * @property {boolean} pending
 * @property {string | null} original
 * @property {string} reconstruction
 */

/**
 * Float32 numbers and uint8 classes, in base64; regions have classes and a purity.
 * @typedef {object} LayerResult
 * @property {string} x
 * @property {string} y
 * @property {string} values
 * @property {number} [low]
 * @property {number} [high]
 * @property {string} [classes]
 * @property {number} [purity]
 */

/**
 * Images of the places that were asked for, one after the other, in base64.
 * @typedef {object} ImagesResult
 * @property {string} images
 */

/**
 * One path: its places, and the class that each is most like.
 * @typedef {object} FilmResult
 * @property {number} length
 * @property {Array<[number, number]>} places
 * @property {Array<number>} classes
 * @property {Array<number>} shares
 */

/**
 * Both paths between the pins; a page without a server finds only the straight one.
 * @typedef {object} PathResult
 * @property {FilmResult} straight
 * @property {FilmResult | null} geodesic
 */

/**
 * Where samples fell.
 * @typedef {object} SamplesResult
 * @property {Array<[number, number]>} z
 */

/**
 * A file to take away: its content in base64, or where it is.
 * @typedef {object} FileResult
 * @property {string} name
 * @property {string} type
 * @property {string} content
 * @property {string} address
 */

/**
 * Code that reproduces what is seen.
 * @typedef {object} SnippetResult
 * @property {string} text
 */

/**
 * What PyTorch's encoder says of a digit, and which shares of test digits have less.
 *
 *     `share` and `class_share` are of those that are less strange, `cost_share` of those that cost
 *     less.
 * @typedef {object} ReadingResult
 * @property {[number, number]} mean
 * @property {[number, number]} log_var
 * @property {number} correlation
 * @property {number} reconstruction
 * @property {number} kl
 * @property {number} cost
 * @property {number} label
 * @property {number | null} share
 * @property {number | null} class_share
 * @property {number | null} cost_share
 */

/**
 * Accuracies on all other test digits, from the places and labels of a few.
 * @typedef {object} LabelsResult
 * @property {number} nearest
 * @property {number} spreading
 */

/**
 * A layer as it is called: its name in PyTorch, the shape of its answer, its parameters.
 * @typedef {object} LayerRow
 * @property {string} name
 * @property {string} kind
 * @property {Array<number>} shape
 * @property {number} parameters
 */

/**
 * Where in `vae/` something is done.
 * @typedef {object} Source
 * @property {string} file
 * @property {number} line
 * @property {string} name
 * @property {string} text
 */

/**
 * A part of a model: its layers in their order, and what does the work.
 * @typedef {object} Part
 * @property {"input" | "encoder" | "cloud" | "plane" | "decoder" | "output" | "costs"} name
 * @property {Array<LayerRow>} layers
 * @property {number} parameters
 * @property {Array<Source>} sources
 */

/**
 * A model's parts; the address of its encoder, unless it is too large, and its size in MB.
 * @typedef {object} MachineResult
 * @property {Array<Part>} parts
 * @property {string | null} encoder
 * @property {number} megabytes
 */

/**
 * What each request brings.
 * @typedef {object} Results
 * @property {ImagesResult} images
 * @property {LayerResult} layer
 * @property {PathResult} path
 * @property {SamplesResult} samples
 * @property {FileResult} file
 * @property {SnippetResult} snippet
 * @property {ReadingResult} reading
 * @property {ImagesResult} originals
 * @property {LabelsResult} labels
 * @property {MachineResult} machine
 * @property {ImagesResult} observed
 */

/**
 * It is still being computed: ask again.
 * @typedef {object} Waiting
 * @property {true} pending
 */

/**
 * It cannot be had, in words.
 * @typedef {object} Refusal
 * @property {string} error
 */

/**
 * What the server last put on the pad: of an address, or a picture that was uploaded.
 *
 *     `others` are the places of more digits that came with it.
 * @typedef {object} Given
 * @property {number} number
 * @property {string} drawing
 * @property {string | null} picture
 * @property {Array<[number, number]>} others
 */

/**
 * From the server: the exact image at the cursor, or where the pointer hovers.
 * @typedef {object} Response
 * @property {string} key
 * @property {number} number
 * @property {number} revision
 * @property {[number, number]} z
 * @property {Record<string, string>} view
 * @property {[number, number]} at
 * @property {string} image
 * @property {number} ms
 * @property {string} device
 * @property {number | null} value
 * @property {SelectedDigit | null} selected
 * @property {ImagesResult | LayerResult | PathResult | SamplesResult | FileResult | SnippetResult | ReadingResult | LabelsResult | MachineResult | Waiting | Refusal | null} result
 * @property {Given} given
 */

/**
 * Closed lines that enclose a share of a class, each as x, y, x, y and so on.
 * @typedef {object} Contour
 * @property {number} label
 * @property {number} share
 * @property {Array<Array<number>>} lines
 */

/**
 * What goes before the numbers of a packed plane; x and y are the ends of the map.
 * @typedef {object} PlaneHeader
 * @property {string} name
 * @property {[number, number]} x
 * @property {[number, number]} y
 * @property {number} points
 * @property {Array<Array<[number, number]>>} islands
 * @property {Array<Contour>} contours
 * @property {Array<[number, number]>} prior
 * @property {number} kl
 */

/**
 * What a map is mounted with: where its files are. A decoder that is too large has no address.
 *
 *     `megabytes` is the decoder's size.
 * @typedef {object} MapData
 * @property {string} key
 * @property {string} plane
 * @property {string | null} decoder
 * @property {number} megabytes
 */

/**
 * What the pad's page has besides: an encoder, and twenty test digits of 784 bytes each.
 * @typedef {object} DigitData
 * @property {string} key
 * @property {string} plane
 * @property {string | null} decoder
 * @property {number} megabytes
 * @property {string | null} encoder
 * @property {string} samples
 */

/**
 * What the report card's map has besides: where the scores are; or why there are none, yet.
 * @typedef {object} ReportData
 * @property {string} key
 * @property {string} plane
 * @property {string | null} decoder
 * @property {number} megabytes
 * @property {string | null} scores
 * @property {boolean} pending
 * @property {string} words
 */

/**
 * Whose training the map shows: as it goes on, or moment by moment as it was.
 *
 *     `mine` is the visitor's own digit, 784 bytes in base64.
 * @typedef {object} TrainingData
 * @property {string} name
 * @property {boolean} live
 * @property {string | null} mine
 */

/**
 * A test digit, what it costs in nats, and what comes back; images are 784 bytes in base64.
 * @typedef {object} Example
 * @property {"cheapest" | "median" | "dearest"} standing
 * @property {number} index
 * @property {number} label
 * @property {number} cost
 * @property {string} original
 * @property {string} reconstruction
 */

/**
 * What each test digit costs, float32 nats in base64, and between which ends to colour it.
 * @typedef {object} Scores
 * @property {string} costs
 * @property {number} low
 * @property {number} high
 * @property {Array<Example>} examples
 */

/**
 * What a page without a server has in the server's stead; files are named as they are there.
 * @typedef {object} SavedData
 * @property {string} key
 * @property {string} plane
 * @property {string | null} decoder
 * @property {number} megabytes
 * @property {string | null} encoder
 * @property {string} samples
 * @property {string} layers
 * @property {string} originals
 * @property {Array<number>} indices
 */
