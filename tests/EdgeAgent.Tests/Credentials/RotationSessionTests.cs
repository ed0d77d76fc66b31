using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Tests.Credentials;

/// <summary>The end of a change by hand. With a broker it is tried in the integration tests.</summary>
public sealed class RotationSessionTests
{
    private readonly List<string> said = [];
    private readonly List<string> putAway = [];

    [Fact]
    public async Task What_can_not_be_put_away_is_told_and_changes_nothing_of_the_outcome()
    {
        var done = new RotationOutcome(RotationResult.Done, "the password was changed");

        RotationOutcome outcome = await AskAsync(() => Task.FromResult(done));

        Assert.Same(done, outcome);
        Assert.Equal(["the queue for the answer may still be at the broker, which removes it after 7 days: it is down"], said);
        Assert.Equal(["bus", "queue"], putAway);
    }

    [Fact]
    public async Task What_ends_the_change_is_what_the_caller_gets()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => AskAsync(() => Task.FromException<RotationOutcome>(new TimeoutException())));

        Assert.Equal(["bus", "queue"], putAway);
    }

    private Task<RotationOutcome> AskAsync(Func<Task<RotationOutcome>> ask) => RotationSession.AskAsync(
        ask,
        [
            _ =>
            {
                putAway.Add("bus");
                return Task.FromException(new BrokerUnreachableException("it is down"));
            },
            _ =>
            {
                putAway.Add("queue");
                return Task.CompletedTask;
            },
        ],
        said.Add,
        TimeProvider.System);
}
