package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.records.RecordLine;
import io.berth.model.text.BadInput;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

final class FailuresTest {

    @Test
    void aFullDeviceIsAFailureOfTheInfrastructure() throws IOException {
        Assumptions.assumeTrue(new java.io.File("/dev/full").exists());
        RecordLine.Failure failure;
        try (OutputStream full = new FileOutputStream("/dev/full")) {
            full.write(1);
            throw new AssertionError("/dev/full took a byte");
        } catch (IOException e) {
            failure = Failures.of(new SparkException("Job aborted", new UncheckedIOException(e)));
        }
        assertThat(failure.infrastructure()).isTrue();
        assertThat(failure.reason()).contains("No space left on device").doesNotContain("\n");
    }

    @Test
    void aCauseThatIsOnlyTextIsFound() {
        RecordLine.Failure failure = Failures.of(new SparkException("""
                Job aborted due to stage failure: Task 0 in stage 1.0 failed 1 times
                java.lang.RuntimeException: writing
                \tat somewhere
                Caused by: java.io.IOException: No space left on device
                \tat elsewhere"""));
        assertThat(failure).isEqualTo(new RecordLine.Failure(true, "java.io.IOException: No space left on device"));
    }

    @Test
    void aServerThatDoesNotAnswerIsAFailureOfTheInfrastructure() {
        assertThat(Failures.of(new IOException("put", new ConnectException("to 127.0.0.1:9000")))
                        .infrastructure())
                .isTrue();
    }

    @Test
    void anyOtherExceptionIsTheApplicationsAndItsRootCauseIsNamed() {
        assertThat(Failures.of(new IllegalStateException("outer", new ArithmeticException("/ by zero\nmore"))))
                .isEqualTo(new RecordLine.Failure(false, "java.lang.ArithmeticException: / by zero"));
        assertThat(Failures.of(new OutOfMemoryError("Java heap space")))
                .isEqualTo(new RecordLine.Failure(false, "java.lang.OutOfMemoryError: Java heap space"));
        assertThat(Failures.of(new NullPointerException()))
                .isEqualTo(new RecordLine.Failure(false, "java.lang.NullPointerException"));
    }

    @Test
    void badInputSpeaksForItself() {
        assertThat(Failures.of(new RuntimeException(new BadInput("parameter \"x\" is 1"))))
                .isEqualTo(new RecordLine.Failure(false, "parameter \"x\" is 1"));
    }

    @Test
    void anExceptionThatCausesItselfEnds() {
        Exception outer = new Exception("outer");
        Exception inner = new Exception("inner", outer);
        outer.initCause(inner);
        assertThat(Failures.of(outer).reason()).contains("inner");
    }
}
