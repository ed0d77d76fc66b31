using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Credentials;

public sealed class CredentialRequestsTests
{
    private static readonly Guid Installation = new("00000000-0000-0000-0000-000000000001");

    private readonly List<CredentialChange> sent = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_asks_again_until_it_is_answered_and_only_the_answer_to_its_own_question_counts()
    {
        CredentialRequests requests = null!;
        requests = New(TimeSpan.FromSeconds(1), _ =>
        {
            requests.Answered(BrokerSketch.Answer("another"));
            if (sent.Count == 3)
            {
                requests.Answered(BrokerSketch.Answer("hash", "no"));
            }
        });

        CredentialAnswer? answer = await requests.AskAsync("hash", Stop);

        Assert.Equal("no", answer!.Refusal);
        Assert.Equal(3, sent.Count);
        Assert.All(sent, change => Assert.Equal((Installation, "hash", "queue"), (change.Installation, change.PasswordHash, change.ReplyQueue)));
    }

    [Fact]
    public async Task After_a_minute_nobody_has_answered()
    {
        Assert.Null(await New(TimeSpan.FromSeconds(10), static _ => { }).AskAsync("hash", Stop));
        Assert.InRange(sent.Count, 2, 6);
    }

    private CredentialRequests New(TimeSpan leap, Action<CredentialChange> whenSent) => new(
        Installation,
        (kind, content) => new MessageHeader { V = 6, MessageId = Guid.NewGuid(), AgentId = "pump-1", BootId = Guid.NewGuid(), Seq = 1 },
        () => "queue",
        (change, _) =>
        {
            sent.Add(change);
            whenSent(change);
            return Task.FromResult(true);
        },
        new LeapingTime(leap));
}
