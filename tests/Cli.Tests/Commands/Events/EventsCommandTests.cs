using EdgeFlora.Cli.Hosting;
using EdgeFlora.Cli.Tests.Client;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Commands.Events;

[Collection(ServiceGroup.Name)]
public sealed class EventsCommandTests(ServiceFixture service)
{
    [Fact]
    public async Task Events_of_all_runs_are_lines_with_their_run()
    {
        string one = await service.SubmitAsync();
        string two = await service.SubmitAsync();
        service.Api.Runs.Happen(Guid.Parse(one), RunEventKind.RoundOpened);
        service.Api.Runs.Happen(Guid.Parse(two), RunEventKind.RoundSkipped, detail: "nobody\u001b[31m came");

        string output = await service.OkAsync("events", "--context", "olga");

        Assert.Contains($"{one[..13]} [    1.0 s] round 1: opened\n", output, StringComparison.Ordinal);
        Assert.Contains($"{two[..13]} [    1.0 s] round 1: skipped: nobody [31m came\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_f_events_go_on_as_they_happen_until_it_is_stopped()
    {
        string run = await service.SubmitAsync();
        await using var output = new WatchedWriter();
        using var stop = new CancellationTokenSource();
        service.Api.Runs.Happen(Guid.Parse(run), RunEventKind.RoundSkipped, detail: "before");

        Task<int> following = new CommandHost(EdgeFloraCommand.Create(), output, TextWriter.Null).RunAsync(
            ["events", "-f", "--context", "olga"], stop.Token);
        await output.LineAsync("skipped: before").WaitAsync(TestContext.Current.CancellationToken);
        service.Api.Runs.Happen(Guid.Parse(run), RunEventKind.RoundSkipped, detail: "meanwhile");
        string later = await output.LineAsync("skipped: meanwhile").WaitAsync(TestContext.Current.CancellationToken);
        bool goesOn = !following.IsCompleted;
        await stop.CancelAsync();

        Assert.StartsWith(run[..13], later, StringComparison.Ordinal);
        Assert.True(goesOn);
        Assert.Equal(0, await following);
    }
}
