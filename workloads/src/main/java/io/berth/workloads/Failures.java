package io.berth.workloads;

import io.berth.model.records.RecordLine;
import io.berth.model.text.BadInput;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells in one line why a trial failed, and whether the storage is to blame rather than the application. */
final class Failures {
    /** Texts of errno that speak of the storage or the network, never of the application; from strerror(3) of glibc. */
    private static final List<String> STORAGE_ERRORS = List.of(
            "no space left on device",
            "disk quota exceeded",
            "input/output error",
            "read-only file system",
            "stale file handle",
            "transport endpoint is not connected",
            "host is down",
            "no route to host",
            "connection refused",
            "connection timed out",
            "permission denied");

    /** Exceptions of the storage clients that say the same in their own way. */
    private static final List<String> STORAGE_EXCEPTIONS = List.of(
            "org.apache.hadoop.fs.FSError",
            "org.apache.hadoop.hdfs.BlockMissingException",
            "org.apache.hadoop.hdfs.protocol.DSQuotaExceededException",
            "org.apache.hadoop.hdfs.server.namenode.SafeModeException",
            "org.apache.hadoop.fs.s3a.UnknownStoreException",
            "org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException",
            "org.apache.hadoop.fs.s3a.AWSServiceThrottledException",
            "org.apache.hadoop.util.DiskChecker$DiskErrorException");

    private static final Pattern CAUSED_BY = Pattern.compile("(?m)^\\s*Caused by: (.+)$");
    private static final int LONGEST_REASON = 400;

    private Failures() {}

    /** The storage is not what it was said to be, so that nothing may be measured on it. */
    static final class StorageUnfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StorageUnfit(String message) {
            super(message);
        }
    }

    static RecordLine.Failure of(Throwable thrown) {
        List<Throwable> chain = chain(thrown);
        for (Throwable link : chain) {
            if (link instanceof StorageUnfit || link instanceof BadInput) {
                return new RecordLine.Failure(link instanceof StorageUnfit, oneLine(String.valueOf(link.getMessage())));
            }
        }
        Optional<String> storage = chain.stream()
                .filter(Failures::blamesStorage)
                .reduce((outer, inner) -> inner)
                .map(Failures::describe);
        return storage.map(reason -> new RecordLine.Failure(true, reason))
                .orElseGet(() -> new RecordLine.Failure(false, describe(chain.get(chain.size() - 1))));
    }

    private static boolean blamesStorage(Throwable link) {
        if (link instanceof ConnectException
                || link instanceof NoRouteToHostException
                || link instanceof UnknownHostException
                || link instanceof SocketTimeoutException
                || link instanceof AccessDeniedException
                || STORAGE_EXCEPTIONS.contains(link.getClass().getName())) {
            return true;
        }
        String message = String.valueOf(link.getMessage()).toLowerCase(Locale.ROOT);
        return STORAGE_ERRORS.stream().anyMatch(message::contains);
    }

    /** Outermost first. A task's exception may reach the driver as text only, inside the message of Spark's own. */
    private static List<Throwable> chain(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable link = thrown; link != null && !chain.contains(link); link = link.getCause()) {
            chain.add(link);
        }
        return chain;
    }

    private static String describe(Throwable link) {
        String message = String.valueOf(link.getMessage());
        Matcher causedBy = CAUSED_BY.matcher(message);
        String root = "";
        while (causedBy.find()) {
            root = causedBy.group(1);
        }
        if (!root.isEmpty()) {
            return oneLine(root);
        }
        String storageLine = message.lines()
                .filter(line -> STORAGE_ERRORS.stream().anyMatch(line.toLowerCase(Locale.ROOT)::contains))
                .findFirst()
                .orElse(message);
        return oneLine(
                link.getMessage() == null
                        ? link.getClass().getName()
                        : link.getClass().getName() + ": " + storageLine);
    }

    private static String oneLine(String text) {
        String line = text.lines()
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .findFirst()
                .orElse("no message");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "…";
    }
}
