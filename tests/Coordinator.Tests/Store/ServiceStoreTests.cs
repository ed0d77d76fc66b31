using System.Text.Json;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>What the service keeps beside its runs, whichever database that is in.</summary>
public abstract class ServiceStoreTests : IDisposable
{
    private ServiceStore? led;

    private protected abstract IStoreDatabase Database { get; }

    private ServiceStore Store => led ??= ServiceStore.TryLead(Database, "holder", new StoreAccess())!;

    [Fact]
    public void Runs_are_kept_with_what_was_changed_and_forgotten_whole()
    {
        Store.AddRun(Run("b"), new StoredCommand("key", "print", "answer", 7));
        Store.AddRun(Run("a"), command: null);
        Store.SaveState("a", "Failed", "why", "{\"n\":1}", command: null);
        Store.SaveConfig("b", "{\"c\":2}", "{\"n\":2}", command: null);

        Assert.Equal(
            [new StoredRun("a", "test", "{}", "Failed", "why", "{\"n\":1}"), new StoredRun("b", "test", "{\"c\":2}", "Queued", null, "{\"n\":2}")],
            Store.Runs());
        Assert.Equal(new StoredCommand("key", "print", "answer", 7), Store.Command("key"));
        using (RunStore run = RunStore.Open(Database, "a", Store.Term, "holder", new StoreAccess()))
        {
            Write(run, transaction => transaction.AddEvent(Happened(1, "a1")));
        }

        Store.DeleteRun("a", command: null);
        Assert.Equal("b", Assert.Single(Store.Runs()).Run);
        Assert.Empty(Store.Events(run: null, after: 0, most: 10));
    }

    [Fact]
    public void A_command_keeps_its_first_answer_until_it_is_old()
    {
        Store.AddRun(Run("a"), new StoredCommand("key", "print", "first", 7));
        Store.SaveEntry("a", "{}", new StoredCommand("key", "print", "second", 8));
        Assert.Equal("first", Store.Command("key")!.Answer);

        Store.ForgetCommands(before: 8);

        Assert.Null(Store.Command("key"));
    }

    [Fact]
    public void Of_an_agents_history_the_newest_two_hundred_are_kept()
    {
        foreach (int at in Enumerable.Range(1, 203))
        {
            Store.SaveAgent("a", $"body {at}", new StoredHistory(at, "said hello", Run: null, By: "b"));
        }

        Store.SaveAgent("b", "other", history: null);

        Assert.Equal([("a", "body 203"), ("b", "other")], Store.Fleet());
        IReadOnlyList<StoredHistory> kept = Store.History("a", most: 1000);
        Assert.Equal(Enumerable.Range(4, 200).Reverse().Select(at => (long)at), kept.Select(each => each.At));
        Assert.Equal(new StoredHistory(203, "said hello", null, "b"), kept[0]);
    }

    [Fact]
    public void Enrolments_and_tokens_are_kept_until_they_are_forgotten()
    {
        Store.SaveEnrolment("a", "one");
        Store.SaveEnrolment("a", "two");
        Store.SaveAgentToken("t", "token");
        Assert.Equal([("a", "two")], Store.Enrolments());
        Assert.Equal([("t", "token")], Store.AgentTokens());

        Store.SaveEnrolment("a", body: null);
        Store.SaveAgentToken("t", body: null);

        Assert.Empty(Store.Enrolments());
        Assert.Empty(Store.AgentTokens());
    }

    [Fact]
    public void Events_of_all_runs_are_counted_in_the_order_in_which_they_were_stored()
    {
        Store.AddRun(Run("r"), command: null);
        Store.AddRun(Run("s"), command: null);
        using RunStore r = RunStore.Open(Database, "r", Store.Term, "holder", new StoreAccess());
        using RunStore s = RunStore.Open(Database, "s", Store.Term, "holder", new StoreAccess());
        Write(r, transaction => transaction.AddEvent(Happened(1, "a1")));
        Write(s, transaction => transaction.AddEvent(Happened(1, "a2")));
        Write(r, transaction => transaction.AddEvent(Happened(2, "a2")));

        IReadOnlyList<(long Id, long At, string Body)> all = Store.Events(run: null, after: 0, most: 10);
        Assert.Equal(["a1", "a2", "a2"], all.Select(each => Agent(each.Body)));
        Assert.Equal([all[0].Id, all[2].Id], Store.Events("r", after: 0, most: 10).Select(each => each.Id));
        Assert.Equal([all[2].Id], Store.Events(run: null, after: all[1].Id, most: 1).Select(each => each.Id));
        Assert.Equal([all[2].Id, all[1].Id], Store.EventsOf("a2", most: 10).Select(each => each.Id));
    }

    [Fact]
    public void Rounds_that_nobody_saw_are_counted_as_spent()
    {
        Store.AddRun(Run("a"), command: null);

        Store.AddSpentRounds("a", 3, "{}");
        Store.AddSpentRounds("a", 2, "{}");

        Assert.Equal(5, Store.Read("a", reader => reader.NoisySums()));
    }

    [Fact]
    public void Agents_are_read_in_the_order_of_their_bytes_whatever_the_language_of_the_database()
    {
        foreach (string agent in new[] { "b", "a-2", "B", "a1", "A" })
        {
            Store.SaveAgent(agent, "body", history: null);
        }

        Assert.Equal(["A", "B", "a-2", "a1", "b"], Store.Fleet().Select(each => each.Agent));
    }

    /// <summary>A hostile agent can send them; a service that failed at them could be stopped by anybody.</summary>
    [Fact]
    public void Texts_that_no_database_keeps_are_kept_without_what_is_odd_in_them()
    {
        Store.AddRun(Run("a") with { Name = "n\0a\uD800me" }, command: null);
        Store.SaveState("a", "Failed", "it said \0 and \uDC00", "{}", command: null);
        Store.SaveAgent("a", "{}", new StoredHistory(1, "what\0", Run: null, By: "\uD800"));
        using RunStore run = RunStore.Open(Database, "a", Store.Term, "holder", new StoreAccess());
        Write(run, transaction =>
        {
            transaction.SaveRefusal(1, "a", "no\0");
            transaction.SaveManifest(1, [new ManifestEntry("a", "re\0ason")]);
            transaction.LeaveOut(1, "a", "\0");
            transaction.SetEnding("en\0d");
            transaction.AddEvent(Happened(1, "a") with { Detail = "\0\uD800" });
        });

        Assert.Equal(("n\uFFFDa\uFFFDme", "it said \uFFFD and \uFFFD"), (Store.Runs()[0].Name, Store.Runs()[0].Detail));
        Assert.Equal(("what\uFFFD", "\uFFFD"), (Store.History("a", 1)[0].What, Store.History("a", 1)[0].By));
        Assert.Equal("no\uFFFD", Assert.Single(run.Read().Refusals(1)).Reason);
        Assert.Equal("\uFFFD", Assert.Single(run.Read().Manifest(1)).Reason);
        Assert.Equal("en\uFFFDd", run.Read().Ending());
        Assert.Single(Store.EventsOf("a", most: 1));
    }

    [Fact]
    public void A_service_whose_successor_has_begun_writes_nothing_more_not_even_of_runs_that_nobody_has_led()
    {
        Store.AddRun(Run("led"), command: null);
        Store.AddRun(Run("never led"), command: null);
        using RunStore led = RunStore.Open(Database, "led", Store.Term, "holder", new StoreAccess());
        using (IServiceLease? lease = Database.LeaseOf(Store.Term, TimeProvider.System))
        {
            lease?.Release();
        }

        using ServiceStore successor = ServiceStore.TryLead(Database, "successor", new StoreAccess())!;

        Assert.Equal((Store.Id, Store.Term + 1), (successor.Id, successor.Term));
        Assert.Throws<TermLostException>(() => Store.SaveEntry("led", "{\"late\":1}", command: null));
        Assert.Throws<TermLostException>(() => Write(led, transaction => transaction.SetEnding("late")));
        Assert.Throws<TermLostException>(() => RunStore.Open(Database, "never led", Store.Term, "holder", new StoreAccess()));
        Assert.All(successor.Runs(), run => Assert.Equal("{}", run.Entry));
        Assert.Null(successor.Read("led", reader => reader.Ending()));
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => led?.Dispose();

    private static StoredRun Run(string id) => new(id, "test", "{}", "Queued", Detail: null, "{}");

    private static RunEvent Happened(long sequence, string agent) =>
        new() { RunId = Guid.Empty, Sequence = sequence, ElapsedMs = 0, Kind = RunEventKind.TaskOffered, AgentId = agent };

    private static string Agent(string body) => JsonSerializer.Deserialize<RunEvent>(body)!.AgentId!;

    private static void Write(RunStore store, Action<StoreTransaction> write)
    {
        using StoreTransaction transaction = store.Begin(1);
        write(transaction);
        transaction.Commit();
    }
}
