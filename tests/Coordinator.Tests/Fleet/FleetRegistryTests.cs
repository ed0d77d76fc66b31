using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Fleet;

public sealed class FleetRegistryTests : FleetRegistryCase
{
    private static readonly Guid Elsewhere = new("00000000-0000-0000-0000-000000000002");

    [Fact]
    public void An_agent_is_welcome_at_once_and_outlives_the_service()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        Assert.Equal(Boot(1), Assert.Single(Sent<AgentWelcome>()).Boot);
        FleetRegistry successor = New();
        successor.Load();
        Assert.Equal(AgentPresence.Online, successor.PresenceOf(successor.Find("a")!));
        successor.AskAll();
        Assert.Single(Sent<Ping>());
    }

    [Fact]
    public void A_new_process_of_the_same_installation_is_welcome_at_once_and_the_old_one_is_told()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        Fleet.Take(Hello(boot: 2), user: null);

        Assert.Equal([Boot(1), Boot(2)], Sent<AgentWelcome>().Select(welcome => welcome.Boot));
        Assert.Equal(Boot(1), Assert.Single(Sent<AgentSuperseded>()).Boot);
        Assert.Empty(Sent<AgentRefused>());
    }

    [Fact]
    public void Another_installation_is_refused_at_once_while_the_first_is_there_and_takes_the_name_when_it_is_gone()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        Fleet.Take(Hello(boot: 2, installation: Elsewhere), user: null);

        AgentRefused refused = Assert.Single(Sent<AgentRefused>());
        Assert.Equal((RefusalCode.NameInUse, Boot(2)), (refused.Code, refused.RefusedBoot));
        Assert.Equal(Boot(1), Fleet.Find("a")!.Boot);
        Time.Advance(3 * Heartbeat);
        Fleet.Take(Hello(boot: 2, installation: Elsewhere), user: null);
        Assert.Equal(Boot(2), Fleet.Find("a")!.Boot);
    }

    [Fact]
    public void A_process_that_nobody_knows_is_asked_who_it_is_once_a_heartbeat_however_much_it_says()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        for (int beat = 0; beat < 50; beat++)
        {
            Fleet.Take(Beat(boot: 9), user: null);
        }

        Assert.Single(Sent<Ping>());
        Time.Advance(Heartbeat);
        Fleet.Take(Beat(boot: 9), user: null);
        Assert.Equal(2, Sent<Ping>().Count());
    }

    [Fact]
    public void What_an_older_process_says_neither_brings_an_agent_back_nor_takes_it_away()
    {
        Fleet.Take(Hello(boot: 2), user: null);

        Fleet.Take(new AgentBye { Header = Header(nameof(AgentBye), boot: 1), Reason = "stopped" }, user: null);
        Assert.Equal(AgentPresence.Online, Fleet.PresenceOf(Fleet.Find("a")!));

        Time.Advance(3 * Heartbeat);
        AgentPresence silent = Fleet.PresenceOf(Fleet.Find("a")!);
        Fleet.Take(new Pong { Header = Header(nameof(Pong), boot: 1) }, user: null);
        Assert.NotEqual(AgentPresence.Online, silent);
        Assert.Equal(silent, Fleet.PresenceOf(Fleet.Find("a")!));

        Fleet.Take(new Pong { Header = Header(nameof(Pong), boot: 2) }, user: null);
        Assert.Equal(AgentPresence.Online, Fleet.PresenceOf(Fleet.Find("a")!));
    }

    [Fact]
    public void The_last_lines_of_a_terminal_are_kept_bounded_and_plain_until_another_process_says_hello()
    {
        Fleet.Take(Hello(boot: 1), user: null);
        string[] lines = ["old", .. Enumerable.Range(0, 17).Select(number => $"line {number}"), new('x', 5000), "\u001b[2Ja\u202eb\tc\n", null!];

        Fleet.Take(Beat(boot: 1) with { Terminal = lines }, user: null);
        Fleet.Take(Beat(boot: 1), user: null);

        FleetAgent agent = Fleet.Find("a")!;
        Assert.Equal([.. lines[1..18], new string('x', 200), " [2Ja b c", ""], agent.Terminal);
        Assert.Equal(Time.GetUtcNow(), agent.TerminalAt);
        Fleet.Take(Hello(boot: 1), user: null);
        Assert.Equal(20, Fleet.Find("a")!.Terminal.Count);
        Fleet.Take(Hello(boot: 2), user: null);
        Assert.Empty(Fleet.Find("a")!.Terminal);
    }

    [Fact]
    public void Refusals_of_one_process_are_bounded_and_those_of_many_are_too()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        for (int boot = 2; boot < 6000; boot++)
        {
            Fleet.Take(Hello(boot, installation: Elsewhere), user: null);
            Fleet.Take(Hello(boot, installation: Elsewhere), user: null);
        }

        Assert.Equal(4096, Sent<AgentRefused>().Count());
    }

    [Fact]
    public void A_message_from_another_agents_user_is_dropped_and_counted()
    {
        Fleet.Take(Hello(boot: 1), user: "edgeflora-agent-b");
        Assert.Empty(Messages);
        Assert.Equal(1, Senders.Forged);

        Fleet.Take(Hello(boot: 1), user: "edgeflora-agent-a");
        Assert.Single(Sent<AgentWelcome>());
    }

    [Fact]
    public void An_enrolled_agent_is_heard_through_its_own_user_alone()
    {
        var enrolled = new EnrolmentRegistry(Store);
        var known = new EnrolledAgent
        {
            Name = "a",
            Installation = Home,
            EnrolledAt = Time.GetUtcNow(),
            Platform = "p",
            Version = "v",
            State = EnrolmentState.Active,
        };
        enrolled.Save(known);
        var check = new SenderCheck(NullLogger.Instance, enrolled);
        FleetRegistry proved = New(check);
        proved.Hooks.EnrolmentLabels = _ => new Dictionary<string, string> { ["site"] = "north" };

        foreach (string? user in new[] { null, "guest", "edgeflora-agent-b" })
        {
            proved.Take(Hello(boot: 1), user);
        }

        Assert.Empty(Messages);
        Assert.Equal((3, 3, 0), (check.Forged, check.ForgedOf("a"), check.ForgedOf("b")));
        proved.Take(Hello(boot: 1), user: "edgeflora-agent-a");
        Assert.Single(Sent<AgentWelcome>());
        Assert.Equal("north", proved.Find("a")!.Labels["site"]);

        enrolled.Save(known with { State = EnrolmentState.Revoked });
        proved.Take(Hello(boot: 2), user: "edgeflora-agent-a");
        Assert.Equal(RefusalCode.Unauthorized, Assert.Single(Sent<AgentRefused>()).Code);
    }

    [Fact]
    public void Where_agents_must_be_enrolled_another_is_told_how_and_nothing_else_of_it_is_heeded()
    {
        FleetRegistry closed = New(new SenderCheck(NullLogger.Instance, new EnrolmentRegistry(Store), required: true));

        closed.Take(Beat(boot: 1), user: "guest");
        closed.Take(Hello(boot: 1), user: "guest");

        AgentRefused refused = Assert.IsType<AgentRefused>(Assert.Single(Messages));
        Assert.Equal(RefusalCode.Unauthorized, refused.Code);
        Assert.Contains("edgeflora agent enroll URL --token TOKEN --name a", refused.Fix, StringComparison.Ordinal);
        Assert.Empty(closed.All());
    }

    [Fact]
    public void A_revoked_agent_is_told()
    {
        Fleet.Take(Hello(boot: 1), user: null);

        Fleet.Change("a", agent => agent with { Standing = AgentStanding.Revoked }, "revoked", "olga", command: null);

        Assert.Contains("was revoked by an operator", Assert.Single(Sent<AgentRefused>()).Human, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quarantined_agent_is_refused_until_it_is_released()
    {
        Fleet.Take(Hello(boot: 1), user: null);
        Fleet.Quarantine("a", "3 invalid results");

        Fleet.Take(Hello(boot: 2), user: null);
        Assert.All(Sent<AgentRefused>(), refused => Assert.Equal(RefusalCode.Quarantined, refused.Code));
        Assert.NotEmpty(Sent<AgentRefused>());
        Assert.False(Fleet.IsAvailable(Fleet.Find("a")!));
        Fleet.Change("a", agent => agent with { Standing = AgentStanding.Active, Reason = null }, "released", "operator", command: null);
        Assert.Single(Sent<Ping>());
        Fleet.Take(Hello(boot: 2), user: null);

        Assert.True(Fleet.IsAvailable(Fleet.Find("a")!));
    }

    [Fact]
    public void Tasks_of_runs_that_are_over_are_cancelled_at_the_hello()
    {
        Fleet.Hooks.IsWanted = open => open.RunId == Home;
        OpenTask wanted = new() { RunId = Home, TaskId = Boot(5), LeaseEpoch = 1 };
        OpenTask old = new() { RunId = Elsewhere, TaskId = Boot(6), LeaseEpoch = 2 };

        Fleet.Take(Hello(boot: 1) with { Tasks = [wanted, old] }, user: null);

        TaskCancelled cancelled = Assert.Single(Sent<TaskCancelled>());
        Assert.Equal((Boot(6), 2, CancelReason.RunStopped), (cancelled.Header.TaskId, cancelled.Header.LeaseEpoch, cancelled.Reason));
    }

    [Fact]
    public void What_a_hostile_hello_leaves_out_harms_nobody()
    {
        Fleet.Take(Hello(boot: 1) with { Labels = null! }, user: null);
        Fleet.Take(Hello(boot: 1) with { DataSets = [null!] }, user: null);
        Fleet.Take(Hello(boot: 1) with { Tasks = null! }, user: null);

        Assert.Empty(Fleet.All());
    }
}
