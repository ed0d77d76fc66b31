using System.Collections.Concurrent;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What the program that holds the service is shown, without the broker in between.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_event_is_shown_before_the_service_ends_and_an_onlooker_that_stands_still_holds_no_run_up()
    {
        var shown = new ConcurrentQueue<RunEvent>();
        var looksOn = new TaskCompletionSource();
        await using (FleetRig rig = await FleetRig.StartAsync(folder, happened =>
        {
            looksOn.Task.Wait(TestContext.Current.CancellationToken);
            shown.Enqueue(happened);
        }))
        {
            await rig.AddAsync(null, "a", "b", "c");
            await rig.OutcomeAsync(await rig.SubmitAsync("first", rounds: 2));

            Assert.Empty(shown);
            looksOn.SetResult();
        }

        Assert.Equal([1, 2], shown.Where(happened => happened.Kind == RunEventKind.RoundCommitted).Select(happened => happened.Round));
        Assert.Equal(6, shown.Count(happened => happened.Kind == RunEventKind.ResultAccepted));
    }
}
