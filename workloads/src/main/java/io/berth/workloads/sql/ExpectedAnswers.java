package io.berth.workloads.sql;

import com.fasterxml.jackson.core.type.TypeReference;
import io.berth.model.text.Formats;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/** The committed answers: by scale factor and step, the number of rows and the checksum. */
final class ExpectedAnswers {
    private static final String RESOURCE = "expected-answers.json";

    private final Map<String, Map<String, String>> checksums;

    private ExpectedAnswers(Map<String, Map<String, String>> checksums) {
        this.checksums = checksums;
    }

    static ExpectedAnswers committed() {
        try (InputStream in = ExpectedAnswers.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing in the application's jar");
            }
            return new ExpectedAnswers(Formats.json().readValue(in, new TypeReference<>() {}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty if nobody has committed answers for that scale factor, or for that step. */
    Optional<String> checksum(double scaleFactor, String step) {
        return Optional.ofNullable(checksums.get(TpchData.label(scaleFactor)))
                .flatMap(steps -> Optional.ofNullable(steps.get(step)));
    }
}
