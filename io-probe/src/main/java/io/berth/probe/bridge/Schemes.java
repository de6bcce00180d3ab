package io.berth.probe.bridge;

import org.jspecify.annotations.Nullable;

/** Which storage a class talks to, by its name: the classes of a scheme need not be on the class path. */
public final class Schemes {
    /** Spark's own scratch files. */
    public static final int LOCAL = 0;

    public static final int FILE = 1;
    public static final int HDFS = 2;
    public static final int S3A = 3;
    public static final int ABFS = 4;
    public static final int GS = 5;
    /** A file system that the probe has no name for. */
    public static final int OTHER = 6;

    private static final String[] NAMES = {"local", "file", "hdfs", "s3a", "abfs", "gs", "other"};

    /** How many there are. */
    public static final int COUNT = NAMES.length;

    private static final ClassValue<Integer> OF_CLASS = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            for (Class<?> at = type; at != null; at = at.getSuperclass()) {
                int scheme = named(at.getName());
                if (scheme != OTHER) {
                    return scheme;
                }
            }
            return OTHER;
        }
    };

    private Schemes() {}

    /** The name in results. */
    public static String name(int scheme) {
        return NAMES[scheme];
    }

    /** The scheme of a URI or path, by its text. */
    public static int ofPath(@Nullable Object path) {
        String text = String.valueOf(path);
        int colon = text.indexOf(':');
        if (colon > 0) {
            for (int scheme = FILE; scheme < OTHER; scheme++) {
                if (colon == NAMES[scheme].length() && text.startsWith(NAMES[scheme])) {
                    return scheme;
                }
            }
        }
        return OTHER;
    }

    /** The scheme that a committer writes to, by the {@code getOutputPath} that most committers have. */
    public static int ofCommitter(Object committer) {
        try {
            return ofPath(committer.getClass().getMethod("getOutputPath").invoke(committer));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return OTHER;
        }
    }

    /** The scheme of the nearest class, going up from this one, that has one. */
    public static int of(Class<?> type) {
        return OF_CLASS.get(type);
    }

    /** The scheme of a class with this name, {@link #OTHER} if only a superclass may know. */
    public static int named(String type) {
        if (type.startsWith("org.apache.hadoop.fs.")) {
            String rest = type.substring("org.apache.hadoop.fs.".length());
            if (rest.startsWith("s3a.")) {
                return S3A;
            }
            if (rest.startsWith("azurebfs.")) {
                return ABFS;
            }
            if (rest.startsWith("RawLocalFileSystem")
                    || rest.startsWith("LocalFileSystem")
                    || rest.startsWith("local.")) {
                return FILE;
            }
            return OTHER;
        }
        if (type.startsWith("org.apache.hadoop.hdfs.") || type.equals("org.apache.hadoop.fs.Hdfs")) {
            return HDFS;
        }
        if (type.startsWith("com.google.cloud.hadoop.")) {
            return GS;
        }
        return type.startsWith("org.apache.spark.") || type.startsWith("org.sparkproject.") ? LOCAL : OTHER;
    }
}
