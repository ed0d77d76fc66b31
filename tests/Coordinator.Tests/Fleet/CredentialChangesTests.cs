using Dapper;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Enrolment;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Stamps;
using EdgeFlora.Transport.Users;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>Who may change which password, and what a thief of one may not.</summary>
public sealed class CredentialChangesTests : IAsyncDisposable
{
    private const string User = "edgeflora-agent-a";
    private static readonly Guid Installation = new("00000000-0000-0000-0000-000000000001");

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly FakeBrokerUsers broker = new();
    private readonly System.Threading.Channels.Channel<Outgoing> sent = System.Threading.Channels.Channel.CreateUnbounded<Outgoing>();
    private readonly CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly CollectedLog log = new();
    private readonly ServiceStore store;
    private AgentEnrolment enrolment = null!;
    private CredentialChanges changes = null!;
    private Task running = Task.CompletedTask;

    public CredentialChangesTests() => store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await running;
        ending.Dispose();
        enrolment.Dispose();
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_agents_own_user_changes_its_password_and_is_answered_each_time_it_asks()
    {
        await ServeAsync(broker);
        CredentialChange change = Change();

        changes.Take(change, User);
        CredentialAnswer first = await AnswerAsync();
        int puts = broker.Puts;
        changes.Take(change, User);
        CredentialAnswer again = await AnswerAsync();

        Assert.Equal((change.PasswordHash, null, change.PasswordHash, null), (first.PasswordHash, first.Refusal, again.PasswordHash, again.Refusal));
        Assert.Equal((change.PasswordHash, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.Equal(change.PasswordHash, new EnrolmentRegistry(store).Find("a")!.PasswordHash);
        Assert.Equal(puts, broker.Puts);
    }

    [Fact]
    public async Task Nobody_else_does()
    {
        await ServeAsync(broker);
        string before = broker.Users[User].Hash;

        changes.Take(Change(), "edgeflora-agent-b");
        changes.Take(Change(), "guest");
        changes.Take(Change(), user: null);
        changes.Take(Change() with { ReplyQueue = "ef.agent.b" }, User);
        changes.Take(Change() with { PasswordHash = null! }, User);
        changes.Take(Change() with { Installation = Guid.NewGuid() }, User);
        CredentialAnswer stolen = await AnswerAsync();
        time.Advance(CredentialChanges.Pause);
        changes.Take(Change() with { PasswordHash = "plain text" }, User);
        CredentialAnswer wrong = await AnswerAsync();

        Assert.Equal("agent 'a' was enrolled with another state folder than this one", stolen.Refusal);
        Assert.Equal("the hash of the new password is none of RabbitMQ's", wrong.Refusal);
        Assert.Equal(before, broker.Users[User].Hash);
    }

    [Fact]
    public async Task A_revoked_agent_changes_nothing()
    {
        await ServeAsync(broker);
        await enrolment.RevokeAsync("a", ending.Token);

        changes.Take(Change(), User);
        changes.Take(Change() with { Header = Header("b"), ReplyQueue = "ef.agent.b" }, "edgeflora-agent-b");

        // The first was dropped: it is from nobody's user any more.
        Assert.Equal("agent 'b' is not enrolled here", (await AnswerAsync()).Refusal);
        Assert.Empty(broker.Users);
    }

    [Fact]
    public async Task Another_password_within_seconds_is_not_heard_and_a_broker_that_fails_not_answered_for()
    {
        await ServeAsync(broker);
        CredentialChange first = Change();
        changes.Take(first, User);
        await AnswerAsync();
        changes.Take(Change(), User);
        changes.Take(first, User);
        Assert.Equal(first.PasswordHash, (await AnswerAsync()).PasswordHash);

        time.Advance(CredentialChanges.Pause);
        broker.IsDown = true;
        CredentialChange second = Change();
        changes.Take(second, User);
        await LimitedWait.UntilAsync(() => broker.Refused > 0);
        broker.IsDown = false;
        changes.Take(second, User);
        Assert.Equal(second.PasswordHash, (await AnswerAsync()).PasswordHash);
        Assert.Equal(second.PasswordHash, broker.Users[User].Hash);
    }

    /// <summary>A full disk passes; an agent whose wish it swallowed asks again.</summary>
    [Fact]
    public async Task A_store_that_fails_is_not_answered_for_and_later_wishes_are_heard()
    {
        await ServeAsync(broker);
        string before = broker.Users[User].Hash;
        using SqliteConnection connection = FullStore("1");
        CredentialChange change = Change();

        changes.Take(change, User);
        await NotChangedAsync();
        Assert.Equal(before, broker.Users[User].Hash);
        connection.Execute("DROP TRIGGER full");
        changes.Take(change, User);

        CredentialAnswer answer = await AnswerAsync();
        Assert.Equal((change.PasswordHash, null), (answer.PasswordHash, answer.Refusal));
        Assert.Equal(change.PasswordHash, new EnrolmentRegistry(store).Find("a")!.PasswordHash);
    }

    /// <summary>The broker has the new password then, and the agent takes it within a minute: the old one must not come back.</summary>
    [Fact]
    public async Task A_store_that_fails_once_the_broker_has_the_new_password_does_not_lock_the_agent_out()
    {
        await ServeAsync(broker);
        using SqliteConnection connection = FullStore("NEW.body LIKE '%\"NextHash\":null%'");
        CredentialChange change = Change();

        changes.Take(change, User);
        await NotChangedAsync();
        Assert.Equal(change.PasswordHash, broker.Users[User].Hash);
        connection.Execute("DROP TRIGGER full");
        using var later = new AgentEnrolment(
            new EnrolmentRegistry(store), new AgentTokenRegistry(store, time), new EnrolmentOptions { Users = broker }, time, log);
        await new UserRestoration(later, new EnrolmentOptions { Users = broker }, time, log).LookAsync(ending.Token);

        Assert.Equal(change.PasswordHash, broker.Users[User].Hash);
        EnrolledAgent stored = new EnrolmentRegistry(store).Find("a")!;
        Assert.Equal((change.PasswordHash, null), (stored.PasswordHash, stored.NextHash));
    }

    [Fact]
    public async Task Without_management_the_agent_and_the_operator_are_told_the_other_way()
    {
        await ServeAsync(users: null);

        changes.Take(Change(), User);

        const string Sentence = "this service has no broker.management; an operator runs edgeflora agents rotate a";
        Assert.Equal(Sentence, (await AnswerAsync()).Refusal);
        Assert.EndsWith(Sentence, (await RefusedAsync("a")).Message, StringComparison.Ordinal);
        Assert.Equal(ProblemCode.NotFound, (await RefusedAsync("b")).Code);
    }

    [Fact]
    public async Task An_operators_wish_waits_for_the_agent_until_it_is_done()
    {
        await ServeAsync(broker);
        await enrolment.WantRotationAsync("a", ending.Token);

        Assert.True(new EnrolmentRegistry(store).Find("a")!.RotationWanted);
        changes.Take(Change(), User);
        await AnswerAsync();

        Assert.False(new EnrolmentRegistry(store).Find("a")!.RotationWanted);
    }

    private async Task ServeAsync(IBrokerUsers? users)
    {
        var options = new EnrolmentOptions { Users = users, Broker = new Uri("amqps://broker.example:5671/fleet") };
        enrolment = new AgentEnrolment(new EnrolmentRegistry(store), new AgentTokenRegistry(store, time), options, time, NullLogger.Instance);
        var stamp = new MessageStamp(Guid.NewGuid(), time);
        changes = new CredentialChanges(
            enrolment,
            new SenderCheck(NullLogger.Instance, enrolment.Agents),
            outgoing => sent.Writer.TryWrite(outgoing),
            (kind, agent) => stamp.About(kind, agent),
            time,
            log);
        await enrolment.EnrolAsync(
            enrolment.CreateToken(new NewAgentToken(), "olga").Secret,
            new EnrolmentRequest
            {
                Agent = "a",
                InstallationId = Installation,
                PasswordHash = PasswordHash.Of("first"),
                Platform = "linux-x64",
                Version = "1.0",
            },
            ending.Token);
        running = changes.RunAsync(ending.Token);
    }

    /// <summary>A store that keeps no enrolment for which the condition holds, until the trigger <c>full</c> is dropped.</summary>
    private SqliteConnection FullStore(string condition)
    {
        var connection = new SqliteConnection($"Data Source={folder["state.db"]};Pooling=False");
        connection.Open();
        connection.Execute(
            $"CREATE TRIGGER full BEFORE INSERT ON enrolments WHEN {condition} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
        return connection;
    }

    private Task NotChangedAsync() =>
        LimitedWait.UntilAsync(() => log.Lines.Any(line => line.Contains("could not be changed at the broker", StringComparison.Ordinal)));

    private Task<ServiceRefusedException> RefusedAsync(string agent) =>
        Assert.ThrowsAsync<ServiceRefusedException>(() => enrolment.WantRotationAsync(agent, ending.Token));

    private async Task<CredentialAnswer> AnswerAsync() => (CredentialAnswer)(await sent.Reader.ReadAsync(ending.Token)).Message;

    private static CredentialChange Change() => new()
    {
        Header = Header("a"),
        Installation = Installation,
        ReplyQueue = "ef.agent.a",
        PasswordHash = PasswordHash.Of(PasswordHash.NewPassword()),
    };

    private static MessageHeader Header(string agent) =>
        new() { V = 6, MessageId = Guid.NewGuid(), AgentId = agent, BootId = Guid.NewGuid(), Seq = 1 };
}
