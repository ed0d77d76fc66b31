using EdgeFlora.Contracts.Events;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>What runs leave at a real broker: nothing.</summary>
public sealed class RunQueueTests(BrokerFixture broker)
{
    private const string VirtualHost = "service";

    private string Url => broker.Url(VirtualHost);

    [Fact]
    public async Task A_run_that_was_deleted_has_left_no_queue_and_no_exchange_however_it_ended()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync();
        var gate = new TaskCompletionSource();
        string cancelled = "";
        await agents.AddAsync("a", (offer, stop) => offer.Header.RunId.ToString() == cancelled ? gate.Task.WaitAsync(stop) : Task.CompletedTask);
        await agents.AddAsync("b");
        string completed = await fleet.SubmitAsync("completed");
        Assert.Equal(0, (await ServedFleet.WatchAsync(completed)).Code);
        string killed = await fleet.SubmitAsync("killed");
        await agents.Events.SeenAsync(happened => happened.Kind == RunEventKind.RunCompleted && happened.RunId.ToString() == killed);
        await fleet.RestartAsync();
        cancelled = await fleet.SubmitAsync("cancelled");
        await agents.Events.SeenAsync(happened => happened.Kind == RunEventKind.ResultAccepted && happened.RunId.ToString() == cancelled);
        IReadOnlyList<string> underWay = await HeldAsync();
        await ServedFleet.OkAsync("runs", "cancel", cancelled);

        foreach (string run in (string[])[completed, killed, cancelled])
        {
            await ServedFleet.OkAsync("runs", "delete", run);
        }

        IReadOnlyList<string> left = await HeldAsync();
        Assert.Contains(underWay, name => name.Contains(cancelled, StringComparison.Ordinal));
        Assert.DoesNotContain(
            left,
            name => name.Contains(completed, StringComparison.Ordinal)
                || name.Contains(killed, StringComparison.Ordinal)
                || name.Contains(cancelled, StringComparison.Ordinal));
        gate.SetResult();
    }

    private Task<IReadOnlyList<string>> HeldAsync() => broker.Own.HoldsAsync(VirtualHost, TestContext.Current.CancellationToken);
}
