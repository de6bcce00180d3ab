package io.berth.reports.charts;

import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** The shapes of points: profiles are told apart by shape too, not by colour alone. */
enum Mark {
    CIRCLE,
    DIAMOND,
    SQUARE,
    TRIANGLE,
    DOWN,
    CROSS;

    /** Of the profile at that place in the plan. */
    static Mark profile(int place) {
        return values()[place % values().length];
    }

    /** The shape around the origin, about as wide as twice the radius. */
    Shape shape(double radius) {
        return switch (this) {
            case CIRCLE -> new Ellipse2D.Double(-radius, -radius, 2 * radius, 2 * radius);
            case DIAMOND -> polygon(0, -1.25 * radius, 1.25 * radius, 0, 0, 1.25 * radius, -1.25 * radius, 0);
            case SQUARE -> new Rectangle2D.Double(-0.9 * radius, -0.9 * radius, 1.8 * radius, 1.8 * radius);
            case TRIANGLE -> polygon(0, -1.2 * radius, 1.15 * radius, 0.9 * radius, -1.15 * radius, 0.9 * radius);
            case DOWN -> polygon(0, 1.2 * radius, 1.15 * radius, -0.9 * radius, -1.15 * radius, -0.9 * radius);
            case CROSS -> {
                double arm = 0.4 * radius;
                yield polygon(
                        -arm, -radius, arm, -radius, arm, -arm, radius, -arm, radius, arm, arm, arm, arm, radius, -arm,
                        radius, -arm, arm, -radius, arm, -radius, -arm, -arm, -arm);
            }
        };
    }

    private static Shape polygon(double... coordinates) {
        Path2D path = new Path2D.Double();
        path.moveTo(coordinates[0], coordinates[1]);
        for (int i = 2; i < coordinates.length; i += 2) {
            path.lineTo(coordinates[i], coordinates[i + 1]);
        }
        path.closePath();
        return path;
    }
}
