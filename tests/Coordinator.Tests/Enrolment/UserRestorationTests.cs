using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Enrolment;

/// <summary>What becomes of agents' users where the broker, or the service, was set back or has lost them.</summary>
public sealed class UserRestorationTests : IDisposable
{
    private const string User = "edgeflora-agent-a";

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly FakeBrokerUsers broker = new();
    private readonly List<string> told = [];
    private readonly List<string> routes = [];
    private readonly ServiceStore store;
    private bool hasRoutes = true;
    private Func<Task> beforeRoutes = static () => Task.CompletedTask;

    public UserRestorationTests() => store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Lost_users_come_back_as_they_were_and_revoked_ones_do_not()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        string hash = await EnrolAsync(enrolment, "a");
        await EnrolAsync(enrolment, "b");
        await enrolment.RevokeAsync("b", Stop);
        broker.Users.Clear();

        await restoration.LookAsync(Stop);
        int puts = broker.Puts;
        await restoration.LookAsync(Stop);

        Assert.Equal([User], broker.Users.Keys);
        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.Equal(puts, broker.Puts);
        Assert.Equal(["the broker had lost the users or rights of 1 agents (a); they are made again, with the passwords that they had"], told);
    }

    [Fact]
    public async Task A_broker_that_was_set_back_gets_the_newest_password_and_rights_and_loses_a_revoked_agents_user()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "b");
        await EnrolAsync(enrolment, "a");
        var before = broker.Users.ToDictionary();
        await enrolment.RevokeAsync("b", Stop);
        string hash = await EnrolAsync(enrolment, "a", enrolment.Rotate("a", "olga").Secret);
        foreach ((string user, (string, UserRights?) old) in before)
        {
            broker.Users[user] = old;
        }

        await restoration.LookAsync(Stop);

        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.DoesNotContain("edgeflora-agent-b", broker.Users.Keys);

        broker.Users[User] = (hash, new UserRights(".*", ".*", ".*"));
        await restoration.LookAsync(Stop);
        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);

        broker.Users[User] = (hash, null);
        await restoration.LookAsync(Stop);
        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);
    }

    [Fact]
    public async Task A_service_that_was_set_back_takes_the_brokers_passwords_for_right_once()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "a");
        broker.Users[User] = ("of a later day", UserRights.OfAgent("a"));
        restoration.IsSetBack = true;

        await restoration.LookAsync(Stop);
        broker.Users.Clear();
        await restoration.LookAsync(Stop);

        Assert.Equal(("of a later day", UserRights.OfAgent("a")), broker.Users[User]);
        Assert.False(restoration.IsSetBack);
    }

    [Fact]
    public async Task The_hash_of_an_agent_that_an_earlier_version_enrolled_is_taken_from_the_broker_while_it_has_it()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "a");
        await EnrolAsync(enrolment, "b");
        foreach (string agent in (string[])["a", "b"])
        {
            enrolment.Agents.Save(enrolment.Agents.Find(agent)! with { PasswordHash = null });
        }

        string hash = broker.Users[User].Hash;
        broker.Users.Remove("edgeflora-agent-b");
        await restoration.LookAsync(Stop);
        broker.Users.Clear();
        await restoration.LookAsync(Stop);

        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);
        Assert.Single(told, line => line.EndsWith("give it another: edgeflora agents rotate b", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revoked_name_that_another_service_of_the_broker_uses_is_left_to_it()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "a");
        await enrolment.RevokeAsync("a", Stop);
        broker.Users[User] = ("theirs", null);

        await restoration.LookAsync(Stop);

        Assert.Equal("theirs", broker.Users[User].Hash);
    }

    [Fact]
    public async Task A_service_without_management_prints_the_line_that_makes_them_once_for_each_loss()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(users: null);
        string hash = await EnrolAsync(enrolment, "a");
        await restoration.StartAsync(Stop);
        Assert.Empty(told);
        hasRoutes = false;

        restoration.Ask(connected: true);
        await restoration.LookAsync(Stop);
        await restoration.LookAsync(Stop);

        Assert.Equal(
            [
                "the broker has lost its definitions, and with them the users of 1 agents; this service has no broker.management, "
                    + "so whoever operates the broker runs:",
                $"  {UserCommands.ForAll([("a", hash)], "fleet")}",
            ],
            told);
        Assert.Equal(["a", "a", "a"], routes);
    }

    [Fact]
    public async Task Where_the_management_does_not_answer_the_line_is_printed_and_the_next_look_makes_them()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        string hash = await EnrolAsync(enrolment, "a");
        broker.Users.Clear();
        (hasRoutes, broker.IsDown) = (false, true);

        restoration.Ask(connected: true);
        await restoration.LookAsync(Stop);
        await restoration.LookAsync(Stop);
        Assert.Equal(2, told.Count);
        broker.IsDown = false;
        await restoration.LookAsync(Stop);

        Assert.Equal((hash, UserRights.OfAgent("a")), broker.Users[User]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_revocation_during_a_look_is_not_undone_by_it(bool whileWaysAreMade)
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "a");
        broker.Users.Clear();
        var held = new TaskCompletionSource();
        Func<Task> hold = () => held.Task;
        (beforeRoutes, broker.BeforePut) = whileWaysAreMade ? (hold, broker.BeforePut) : (beforeRoutes, hold);

        Task look = restoration.LookAsync(Stop);
        Task revocation = enrolment.RevokeAsync("a", Stop);
        held.SetResult();
        await Task.WhenAll(look, revocation);

        Assert.Empty(broker.Users);
        Assert.Empty(routes);
        Assert.Equal(EnrolmentState.Revoked, new EnrolmentRegistry(store).Find("a")!.State);
    }

    /// <summary>The agent has the new password from before it asks; the old one it may have forgotten.</summary>
    [Theory]
    [InlineData("old")]
    [InlineData("new")]
    [InlineData("another")]
    [InlineData(null)]
    public async Task A_change_of_a_password_that_was_cut_off_is_finished_whatever_the_broker_has(string? there)
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        string old = await EnrolAsync(enrolment, "a");
        enrolment.Agents.Save(enrolment.Agents.Find("a")! with { NextHash = "new", RotationWanted = true });
        broker.Users.Clear();
        if (there is not null)
        {
            broker.Users[User] = (there == "old" ? old : there, UserRights.OfAgent("a"));
        }

        await restoration.LookAsync(Stop);

        Assert.Equal(("new", UserRights.OfAgent("a")), broker.Users[User]);
        EnrolledAgent stored = new EnrolmentRegistry(store).Find("a")!;
        Assert.Equal(("new", null, false), (stored.PasswordHash, stored.NextHash, stored.RotationWanted));
        Assert.Equal(there is null or "another" ? 1 : 0, told.Count);
    }

    [Fact]
    public async Task A_service_that_was_set_back_into_a_change_takes_the_brokers_password_for_right()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        await EnrolAsync(enrolment, "a");
        enrolment.Agents.Save(enrolment.Agents.Find("a")! with { NextHash = "next of an earlier day" });
        broker.Users[User] = ("of a later day", UserRights.OfAgent("a"));
        restoration.IsSetBack = true;

        await restoration.LookAsync(Stop);

        EnrolledAgent stored = new EnrolmentRegistry(store).Find("a")!;
        Assert.Equal(("of a later day", null), (stored.PasswordHash, stored.NextHash));
        Assert.Equal("of a later day", broker.Users[User].Hash);
    }

    [Fact]
    public async Task It_looks_when_it_is_asked_and_from_time_to_time()
    {
        (AgentEnrolment enrolment, UserRestoration restoration) = Service(broker);
        string hash = await EnrolAsync(enrolment, "a");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task running = restoration.RunAsync(ending.Token);

        broker.Users.Clear();
        restoration.Ask();
        await UntilAsync(() => broker.Users.ContainsKey(User), TimeSpan.Zero);
        broker.Users.Clear();
        await UntilAsync(() => broker.Users.ContainsKey(User), UserRestoration.Pause);

        Assert.Equal(hash, broker.Users[User].Hash);
        await ending.CancelAsync();
        await running;
    }

    private Task UntilAsync(Func<bool> condition, TimeSpan step) => LimitedWait.StepUntilAsync(condition, () => time.Advance(step));

    private static async Task<string> EnrolAsync(AgentEnrolment enrolment, string agent, string? token = null)
    {
        string hash = PasswordHash.Of(PasswordHash.NewPassword());
        await enrolment.EnrolAsync(
            token ?? enrolment.CreateToken(new NewAgentToken(), "olga").Secret,
            new EnrolmentRequest
            {
                Agent = agent,
                InstallationId = new Guid("00000000-0000-0000-0000-000000000001"),
                PasswordHash = hash,
                Platform = "linux-x64",
                Version = "1.0",
            },
            Stop);
        return hash;
    }

    private (AgentEnrolment Enrolment, UserRestoration Restoration) Service(IBrokerUsers? users)
    {
        var options = new EnrolmentOptions
        {
            Users = users,
            Broker = new Uri("amqps://broker.example:5671/fleet"),
            VirtualHost = "fleet",
            Tell = told.Add,
            HasRoute = (_, _) => Task.FromResult(hasRoutes),
            MakeRoutes = async (agents, _) =>
            {
                await beforeRoutes();
                routes.AddRange(agents);
            },
            RemoveRoutes = (agent, _) =>
            {
                routes.RemoveAll(route => route == agent);
                return Task.CompletedTask;
            },
        };
        var enrolment = new AgentEnrolment(
            new EnrolmentRegistry(store), new AgentTokenRegistry(store, time), options, time, NullLogger.Instance);
        return (enrolment, new UserRestoration(enrolment, options, time, NullLogger.Instance));
    }
}
