using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Telemetry;

namespace EdgeFlora.Cli.Tests.Telemetry;

/// <summary>Export is off unless the standard's variables name a collector.</summary>
public sealed class TelemetrySettingsTests
{
    private const string MustBe = " must be http[s]://HOST:PORT of an OpenTelemetry collector";

    [Fact]
    public void Nothing_is_exported_by_itself() => Assert.Null(Read());

    [Fact]
    public void An_address_turns_all_on() =>
        Assert.Equal(new TelemetrySettings(true, true, true), Read("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317"));

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_LOGS_EXPORTER=none", true, true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c/v1/traces", true, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=https://c/v1/metrics OTEL_METRICS_EXPORTER=otlp", false, true, false)]
    public void Each_signal_is_chosen(string variables, bool traces, bool metrics, bool logs) =>
        Assert.Equal(new TelemetrySettings(traces, metrics, logs), Read(variables.Split(' ')));

    [Theory]
    [InlineData("true")]
    [InlineData("TRUE")]
    public void It_can_be_turned_off(string disabled) =>
        Assert.Null(Read("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", $"OTEL_SDK_DISABLED={disabled}"));

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT" + MustBe)]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=ftp://u:secret@c", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" + MustBe)]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'; it must be grpc or http/protobuf")]
    [InlineData("OTEL_TRACES_EXPORTER=zipkin", "OTEL_TRACES_EXPORTER is 'zipkin'; it must be otlp or none")]
    public void A_wrong_value_is_told_by_its_variable(string variable, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Read(variable)).Message);

    private static TelemetrySettings? Read(params string[] variables) =>
        TelemetrySettings.Read(variables.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]).GetValueOrDefault);
}
