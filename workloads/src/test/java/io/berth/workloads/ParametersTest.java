package io.berth.workloads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.text.BadInput;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ParametersTest {
    private final Parameters parameters = new Parameters(
            Map.of("files", 8, "seed", 1L << 40, "scale", 0.5, "name", "eight", "queries", List.of("q1", "q2")));

    @Test
    void valuesOfTheRightTypeAreGiven() {
        assertThat(parameters.count("files", 1, 10)).isEqualTo(8);
        assertThat(parameters.wholeNumber("seed", 0, Long.MAX_VALUE)).isEqualTo(1L << 40);
        assertThat(parameters.number("scale", 0, 1)).isEqualTo(0.5);
        assertThat(parameters.number("files", 0, 10)).isEqualTo(8);
        assertThat(parameters.text("name")).isEqualTo("eight");
        assertThat(parameters.oneOf("name", List.of("eight", "nine"))).isEqualTo("eight");
        assertThat(parameters.someOf("queries", List.of("q1", "q2", "q3"))).containsExactly("q1", "q2");
    }

    @Test
    void aValueOfTheWrongTypeIsNamedWithWhatIsAllowed() {
        assertThatThrownBy(() -> parameters.count("name", 1, 10))
                .isInstanceOf(BadInput.class)
                .hasMessage("parameter \"name\" is \"eight\" (allowed: a whole number of 1 to 10)");
        assertThatThrownBy(() -> parameters.count("scale", 1, 10))
                .hasMessage("parameter \"scale\" is 0.5 (allowed: a whole number of 1 to 10)");
        assertThatThrownBy(() -> parameters.text("files")).hasMessage("parameter \"files\" is 8 (allowed: a text)");
    }

    @Test
    void aValueOutOfRangeIsNamedWithTheRange() {
        assertThatThrownBy(() -> parameters.count("files", 9, 10))
                .hasMessage("parameter \"files\" is 8 (allowed: a whole number of 9 to 10)");
        assertThatThrownBy(() -> parameters.someOf("queries", List.of("q1", "q3")))
                .hasMessage("parameter \"queries\" is [q1, q2] (allowed: a list of some of q1, q3, each once)");
    }

    @Test
    void aMissingValueIsNamedWithThoseThatThereAre() {
        assertThatThrownBy(() -> parameters.text("colour"))
                .hasMessage("parameter \"colour\" is missing (there are: files, name, queries, scale, seed)");
    }
}
