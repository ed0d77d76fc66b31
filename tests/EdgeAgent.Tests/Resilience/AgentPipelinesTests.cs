using System.Diagnostics.Metrics;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Resilience;

public sealed class AgentPipelinesTests
{
    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_tried_again_and_ones_own_is_not()
    {
        var pipelines = new AgentPipelines(
            new ResilienceOptions { FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        int calls = 0, stopped = 0;

        await pipelines.Transfer.ExecuteAsync(
            _ => ++calls == 1 ? throw new TaskCanceledException("A task was canceled.") : ValueTask.CompletedTask,
            TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipelines.Transfer.ExecuteAsync(
            _ =>
            {
                stopped++;
                stop.Cancel();
                throw new OperationCanceledException(stop.Token);
            },
            stop.Token));

        Assert.Equal((2, 1), (calls, stopped));
    }

    [Fact]
    public async Task Every_attempt_is_counted_on_the_meter_with_the_name_of_its_hop()
    {
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument is { Meter.Name: "Polly", Name: "resilience.polly.strategy.attempt.duration" })
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag is { Key: "pipeline.name", Value: string hop })
                {
                    lock (counted)
                    {
                        counted.Add(hop);
                    }
                }
            }
        });
        listener.Start();
        var pipelines = new AgentPipelines(
            new ResilienceOptions { FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, NullLogger.Instance);
        int calls = 0;

        await pipelines.Transfer.ExecuteAsync(
            _ => ++calls == 1 ? throw new TimeoutException() : ValueTask.CompletedTask,
            TestContext.Current.CancellationToken);

        lock (counted)
        {
            // Other tests of this process retry too, on pipelines of the same names.
            Assert.True(counted.Count(hop => hop == nameof(AgentPipelines.Transfer)) >= 2, string.Join(", ", counted));
        }
    }
}
