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
}
