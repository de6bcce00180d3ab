package io.berth.probe.selftest;

import java.util.List;

/** A straight line through points by least squares. */
record Line(double slope, double intercept) {
    /** Each point is an x and a y. */
    static Line through(List<double[]> points) {
        double meanX = points.stream().mapToDouble(point -> point[0]).average().orElseThrow();
        double meanY = points.stream().mapToDouble(point -> point[1]).average().orElseThrow();
        double product = 0;
        double square = 0;
        for (double[] point : points) {
            product += (point[0] - meanX) * (point[1] - meanY);
            square += (point[0] - meanX) * (point[0] - meanX);
        }
        double slope = product / square;
        return new Line(slope, meanY - slope * meanX);
    }
}
