using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Integration.Tests.Telemetry;

/// <summary>Coordinator and agents, each a process, send what they do to a collector over OTLP.</summary>
public sealed class OtlpTests(BrokerFixture broker)
{
    private const string Coordinator = "edgeflora-coordinator";
    private const string Agent = "edgeflora-agent";

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_collector_gets_one_whole_trace_of_a_run_from_all_its_processes(string protocol)
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync(protocol == "grpc", TestContext.Current.CancellationToken);
        await using var fleet = new ServedFleet(broker.Url("service"))
        {
            Environment = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            },
        };
        await fleet.ServeAsync();
        EdgeFloraProcess[] agents = [fleet.StartAgent("a"), fleet.StartAgent("b")];
        string run = await fleet.SubmitAsync("traced");
        (int code, string said, string complained) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, $"exit code {code}: {said}{complained}");

        // What is still to be sent goes out at their ends.
        foreach (EdgeFloraProcess process in agents.Append(fleet.Service))
        {
            Assert.True(await process.StopAsync() == 0, string.Join(" | ", process.Lines));
        }

        ReceivedSpan submission = Assert.Single(
            collector.Spans, span => span.Name == SpanNames.Submission && span.Attributes.GetValueOrDefault(SpanAttributes.Run) == run);
        ReceivedSpan[] trace = [.. collector.Spans.Where(span => span.Trace == submission.Trace)];
        string shown = string.Join('\n', trace.Select(span => span.ToString()));
        ReceivedSpan[] Named(string name) => [.. trace.Where(span => span.Name == name)];

        // Whole: one beginning, and whatever a span is part of has come too, once.
        Assert.True(trace.Count(span => span.Parent.Length == 0) == 1, shown);
        Assert.Equal(trace.Length, trace.Select(span => span.Id).Distinct().Count());
        Assert.True(trace.All(span => span.Parent.Length == 0 || trace.Any(other => other.Id == span.Parent)), shown);
        Assert.Equal((2, 2, 2), (Named(SpanNames.Round).Length, Named(SpanNames.Merge).Length, Named(SpanNames.Commit).Length));

        // Agents' work, which they told of themselves, is part of what the coordinator asked of them.
        ReceivedSpan[] work = Named(SpanNames.Work);
        Assert.True(work.Length >= 4, shown);
        Assert.All(work, span => Assert.Equal(Agent, span.Service));
        Assert.Equal(["a", "b"], work.Select(span => span.Instance).Distinct().Order());
        Assert.All(work, span => Assert.Equal(
            (Coordinator, SpanNames.Task),
            trace.Where(parent => parent.Id == span.Parent).Select(parent => (parent.Service, parent.Name)).Single()));
        Assert.All((string[])["traces", "metrics", "logs"], signal => Assert.All(
            (string[])[Coordinator, Agent], service => Assert.True(collector.Requests(signal, service) > 0, $"no {signal} of {service}")));
    }
}
