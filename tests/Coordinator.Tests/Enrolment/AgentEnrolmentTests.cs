using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Enrolment;

public sealed class AgentEnrolmentTests : IDisposable
{
    private const string User = "edgeflora-agent-a";

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly FakeBrokerUsers broker = new();
    private readonly List<string> routes = [];
    private readonly ServiceStore store;
    private readonly AgentEnrolment enrolment;

    public AgentEnrolmentTests()
    {
        store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;
        enrolment = New(broker);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        enrolment.Dispose();
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_device_with_a_token_gets_a_user_with_rights_over_its_own_and_the_tokens_labels()
    {
        EnrolmentRequest request = Request("a");

        EnrolmentAnswer answer = await enrolment.EnrolAsync(Token(labels: true), request, Stop);

        Assert.Equal((request.PasswordHash, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.Equal(["a"], routes);
        Assert.Equal(
            ("a", $"amqps://{User}@broker.example:5671/fleet", "authority", "north"),
            (answer.Agent, answer.Broker, answer.BrokerCa, answer.Labels["site"]));
        Assert.Empty(answer.Commands);
        Assert.True(new EnrolmentRegistry(store).Find("a")!.IsActive);
    }

    [Fact]
    public async Task A_device_with_a_certificate_gets_a_user_without_a_password_that_comes_back_when_it_is_lost()
    {
        await enrolment.EnrolAsync(Token(), Request("a") with { PasswordHash = PasswordHash.None }, Stop);
        Assert.Equal((PasswordHash.None, UserRights.OfAgent("a")), broker.Users[User]);
        broker.Users.Clear();

        await new UserRestoration(enrolment, new EnrolmentOptions { Users = broker }, time, NullLogger.Instance).LookAsync(Stop);

        Assert.Equal((PasswordHash.None, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.EndsWith(
            "it has none, and proves itself by a certificate, which its authority renews",
            (await RefusedAsync(() => enrolment.WantRotationAsync("a", Stop))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_without_management_gives_the_commands_that_make_the_user()
    {
        using AgentEnrolment alone = New(users: null);
        EnrolmentRequest request = Request("a");

        EnrolmentAnswer answer = await alone.EnrolAsync(alone.CreateToken(new NewAgentToken(), "olga").Secret, request, Stop);

        Assert.Equal(UserCommands.For("a", request.PasswordHash, "fleet"), answer.Commands);
        Assert.Contains(
            "rabbitmqctl delete_user edgeflora-agent-a",
            (await RefusedAsync(() => alone.RevokeAsync("a", Stop))).Fix,
            StringComparison.Ordinal);
        Assert.False(alone.Agents.Find("a")!.IsActive);
    }

    [Fact]
    public async Task Missing_wrong_used_and_expired_tokens_get_one_answer_and_leave_nothing()
    {
        string used = Token();
        await enrolment.EnrolAsync(used, Request("first"), Stop);
        string expired = Token();
        time.Advance(TimeSpan.FromMinutes(15));

        string[] answers = [.. await Task.WhenAll(new[] { null, "", "efa_wrong", used, expired }.Select(async secret =>
        {
            ServiceRefusedException refused = await RefusedAsync(() => enrolment.EnrolAsync(secret, Request("a"), Stop));
            return $"{refused.Code} {refused.Message} {refused.Fix}";
        }))];

        Assert.StartsWith(
            "Unauthorized this agent token does not count: it is wrong, used up or expired",
            Assert.Single(answers.Distinct()),
            StringComparison.Ordinal);
        Assert.DoesNotContain(User, broker.Users.Keys);
        Assert.Null(enrolment.Agents.Find("a"));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_only_for_a_token_of_that_agent_and_the_token_is_given_back()
    {
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        string other = Token();
        EnrolmentRequest again = Request("a");

        Assert.Contains(
            "edgeflora agents rotate a",
            (await RefusedAsync(() => enrolment.EnrolAsync(other, again, Stop))).Fix,
            StringComparison.Ordinal);
        Assert.NotEqual(again.PasswordHash, broker.Users[User].Hash);
        string rotation = enrolment.Rotate("a", "olga").Secret;
        Assert.Contains(
            "is for agent 'a', not for 'b'",
            (await RefusedAsync(() => enrolment.EnrolAsync(rotation, Request("b"), Stop))).Message,
            StringComparison.Ordinal);
        await enrolment.EnrolAsync(rotation, again, Stop);

        Assert.Equal(again.PasswordHash, broker.Users[User].Hash);
        await enrolment.EnrolAsync(other, Request("b"), Stop);
        Assert.Equal(ProblemCode.NotFound, Assert.Throws<ServiceRefusedException>(() => enrolment.Rotate("c", "olga")).Code);
    }

    [Fact]
    public async Task A_user_that_somebody_else_made_is_not_taken_over()
    {
        broker.Users[User] = ("theirs", new UserRights(".*", ".*", ".*"));

        ServiceRefusedException refused = await RefusedAsync(() => enrolment.EnrolAsync(Token(), Request("a"), Stop));

        Assert.Equal(ProblemCode.Conflict, refused.Code);
        Assert.Equal("theirs", broker.Users[User].Hash);
        Assert.Null(enrolment.Agents.Find("a"));
    }

    [Fact]
    public async Task Where_the_broker_does_not_answer_the_token_stays_and_the_next_try_goes_on()
    {
        string token = Token();
        broker.IsDown = true;
        Assert.Equal(ProblemCode.Unavailable, (await RefusedAsync(() => enrolment.EnrolAsync(token, Request("a"), Stop))).Code);
        broker.IsDown = false;

        await enrolment.EnrolAsync(token, Request("a"), Stop);

        Assert.True(enrolment.Agents.Find("a")!.IsActive);
    }

    [Fact]
    public async Task A_service_that_died_while_it_made_a_user_knows_it_for_its_own()
    {
        enrolment.Agents.Save(
            new EnrolledAgent { Name = "a", Installation = Guid.NewGuid(), EnrolledAt = time.GetUtcNow(), Platform = "p", Version = "v" });
        broker.Users[User] = ("half made", UserRights.OfAgent("a"));
        EnrolmentRequest request = Request("a");

        await enrolment.EnrolAsync(Token(), request, Stop);

        Assert.Equal(request.PasswordHash, broker.Users[User].Hash);
    }

    [Fact]
    public async Task A_revoked_agent_counts_no_longer_even_if_the_broker_does_not_answer_and_a_repeat_ends_its_user()
    {
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        broker.IsDown = true;

        ServiceRefusedException refused = await RefusedAsync(() => enrolment.RevokeAsync("a", Stop));

        Assert.Contains(
            "revoke it again, or run where the broker is: rabbitmqctl delete_user edgeflora-agent-a", refused.Fix, StringComparison.Ordinal);
        Assert.Equal(EnrolmentState.Revoked, new EnrolmentRegistry(store).Find("a")!.State);
        broker.IsDown = false;
        await enrolment.RevokeAsync("a", Stop);
        Assert.Empty(broker.Users);
        Assert.Equal(["a", "-a"], routes);
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        Assert.True(enrolment.Agents.Find("a")!.IsActive);
    }

    [Fact]
    public async Task A_revoked_agent_does_not_come_back_with_a_token_that_was_made_for_it_before()
    {
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        enrolment.Tokens.Create(new NewAgentToken { Agent = "a" }, "operator");
        enrolment.Tokens.Create(new NewAgentToken { Agent = "b" }, "operator");

        await enrolment.RevokeAsync("a", Stop);

        Assert.Equal(["b"], enrolment.Tokens.List().Select(token => token.Agent));
    }

    [Fact]
    public async Task A_revocation_in_the_middle_of_a_change_of_the_password_is_not_undone_by_it()
    {
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        (Task<string?> change, TaskCompletionSource held) = HeldChange();

        Task revocation = enrolment.RevokeAsync("a", Stop);
        held.SetResult();
        await Task.WhenAll(change, revocation);

        Assert.Empty(broker.Users);
        EnrolledAgent stored = new EnrolmentRegistry(store).Find("a")!;
        Assert.Equal((EnrolmentState.Revoked, null), (stored.State, stored.NextHash));
    }

    [Fact]
    public async Task A_wish_in_the_middle_of_a_change_of_the_password_comes_after_it()
    {
        await enrolment.EnrolAsync(Token(), Request("a"), Stop);
        (Task<string?> change, TaskCompletionSource held) = HeldChange();

        Task wish = enrolment.WantRotationAsync("a", Stop);
        held.SetResult();
        await Task.WhenAll(change, wish);

        EnrolledAgent stored = new EnrolmentRegistry(store).Find("a")!;
        Assert.Equal((broker.Users[User].Hash, null, true), (stored.PasswordHash, stored.NextHash, stored.RotationWanted));
    }

    [Theory]
    [InlineData("A", "agent must be 1 … 64")]
    [InlineData("a.b", "agent must be 1 … 64")]
    [InlineData("ok", "passwordHash must be base64", "not a hash")]
    public async Task What_cannot_be_is_told_and_costs_no_token(string agent, string told, string? hash = null)
    {
        string token = Token();
        EnrolmentRequest request = Request(agent);

        ServiceRefusedException refused = await RefusedAsync(
            () => enrolment.EnrolAsync(token, request with { PasswordHash = hash ?? request.PasswordHash }, Stop));

        Assert.Equal(ProblemCode.InvalidInput, refused.Code);
        Assert.StartsWith(told, refused.Message, StringComparison.Ordinal);
        await enrolment.EnrolAsync(token, Request("a"), Stop);
    }

    private static Task<ServiceRefusedException> RefusedAsync(Func<Task> act) => Assert.ThrowsAsync<ServiceRefusedException>(act);

    private static EnrolmentRequest Request(string agent) => new()
    {
        Agent = agent,
        InstallationId = new Guid("00000000-0000-0000-0000-000000000001"),
        PasswordHash = PasswordHash.Of(PasswordHash.NewPassword()),
        Platform = "linux-x64",
        Version = "1.0",
    };

    /// <summary>A change of the agent's password that waits for the broker.</summary>
    private (Task<string?> Change, TaskCompletionSource Held) HeldChange()
    {
        var held = new TaskCompletionSource();
        broker.BeforePut = () => held.Task;
        return (enrolment.ChangePasswordAsync("a", Request("a").InstallationId, PasswordHash.Of(PasswordHash.NewPassword()), Stop), held);
    }

    private string Token(bool labels = false) =>
        enrolment.CreateToken(new NewAgentToken { Labels = labels ? new Dictionary<string, string> { ["site"] = "north" } : [] }, "olga").Secret;

    private AgentEnrolment New(IBrokerUsers? users) => new(
        new EnrolmentRegistry(store),
        new AgentTokenRegistry(store, time),
        new EnrolmentOptions
        {
            Users = users,
            Broker = new Uri("amqps://broker.example:5671/fleet"),
            VirtualHost = "fleet",
            BrokerCa = "authority",
            MakeRoutes = (agents, _) =>
            {
                routes.AddRange(agents);
                return Task.CompletedTask;
            },
            RemoveRoutes = (agent, _) =>
            {
                routes.Add($"-{agent}");
                return Task.CompletedTask;
            },
        },
        time,
        NullLogger.Instance);
}
