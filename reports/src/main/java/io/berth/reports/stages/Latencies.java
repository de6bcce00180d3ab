package io.berth.reports.stages;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Measurements;
import io.berth.model.results.OperationHistogram;
import io.berth.reports.cells.CellReport;
import io.berth.reports.cells.Comparison;
import io.berth.reports.cells.JudgedTrial;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * The latencies of storage calls in a workload's measured iterations, all forks together.
 *
 * @param operations each kind of call on each scheme
 * @param unreadable how many recorded histograms couldn't be decoded; they are left out
 */
public record Latencies(List<Operation> operations, long unreadable) {

    /** The percentiles that are shown, besides the maximum. */
    public static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9);

    /**
     * One kind of call.
     *
     * @param scheme    of the file system
     * @param category  the kind of call
     * @param byProfile merged over steps, iterations and forks
     */
    public record Operation(String scheme, IoCategory category, Map<String, Histogram> byProfile) {
        public Optional<Histogram> on(String profile) {
            return Optional.ofNullable(byProfile.get(profile));
        }
    }

    /** The same operations by kind of call, so that schemes can be set side by side. */
    public SortedMap<IoCategory, List<Operation>> byCategory() {
        return operations.stream()
                .collect(Collectors.groupingBy(Operation::category, TreeMap::new, Collectors.toList()));
    }

    private record Kind(IoCategory category, String scheme) implements Comparable<Kind> {
        @Override
        public int compareTo(Kind other) {
            return Comparator.comparing(Kind::category)
                    .thenComparing(Kind::scheme)
                    .compare(this, other);
        }
    }

    public static Latencies of(Comparison comparison, String workload) {
        SortedMap<Kind, Map<String, Histogram>> merged = new TreeMap<>();
        long unreadable = 0;
        for (CellReport cell : comparison.cells(workload)) {
            for (Measurements fork : cell.counted().stream()
                    .map(JudgedTrial::measurements)
                    .flatMap(Optional::stream)
                    .toList()) {
                List<Integer> measured = fork.measured().stream()
                        .map(IterationMeasurement::index)
                        .toList();
                for (OperationHistogram recorded : fork.histograms()) {
                    if (recorded.iteration().stream().noneMatch(measured::contains)) {
                        continue;
                    }
                    Optional<Histogram> decoded = decoded(recorded);
                    if (decoded.isEmpty()) {
                        unreadable++;
                        continue;
                    }
                    merged.computeIfAbsent(new Kind(recorded.operation(), recorded.scheme()), kind -> new HashMap<>())
                            .computeIfAbsent(cell.cell().profile(), profile -> new Histogram(3))
                            .add(decoded.get());
                }
            }
        }
        List<Operation> operations = new ArrayList<>();
        merged.forEach((kind, byProfile) -> operations.add(new Operation(kind.scheme(), kind.category(), byProfile)));
        return new Latencies(List.copyOf(operations), unreadable);
    }

    private static Optional<Histogram> decoded(OperationHistogram recorded) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(recorded.encoded()));
            Histogram histogram = Histogram.decodeFromCompressedByteBuffer(bytes, 0);
            return histogram.getTotalCount() > 0 ? Optional.of(histogram) : Optional.empty();
        } catch (DataFormatException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | BufferUnderflowException e) {
            return Optional.empty();
        }
    }
}
