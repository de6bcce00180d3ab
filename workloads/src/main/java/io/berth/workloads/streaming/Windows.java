package io.berth.workloads.streaming;

import io.berth.workloads.Checksum;
import java.util.List;

/**
 * The windows that a query over contiguous values must have written once they are closed, computed without it.
 *
 * @param count of the windows, from the first one on
 * @param rows  values in each window
 * @param keys  values are spread over that many keys, by their remainder
 */
record Windows(int count, long rows, int keys) {

    /** One more value than they hold, because a window is closed by the first value that is past it. */
    long closingRows() {
        return count * rows + 1;
    }

    /** The window of a value that is the last one in it. */
    long lastValue(long window) {
        return (window + 1) * rows - 1;
    }

    /** Of a row for each key in each window: window, key, how many values, their sum. */
    Checksum expected() {
        Checksum checksum = new Checksum();
        for (long window = 0; window < count; window++) {
            long begin = window * rows;
            for (long key = 0; key < keys; key++) {
                long first = begin + Math.floorMod(key - begin, (long) keys);
                if (first < begin + rows) {
                    long values = (begin + rows - 1 - first) / keys + 1;
                    checksum.add(List.of(window, key, values, values * first + keys * (values * (values - 1) / 2)));
                }
            }
        }
        return checksum;
    }
}
