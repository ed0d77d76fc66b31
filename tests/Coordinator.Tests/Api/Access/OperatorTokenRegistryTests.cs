using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Api.Access;

/// <summary>Tokens at a replica that stands by: whoever shows a good one is known, whatever becomes of the database and the disk.</summary>
public sealed class OperatorTokenRegistryTests : IDisposable
{
    private const string Name = "operator-tokens.json";
    private static readonly DateTime LongAgo = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder folder = new();
    private readonly MemoryFiles shared = new();
    private readonly FakeTimeProvider clock = new();
    private readonly CollectedLog log = new();
    private readonly OperatorTokenRegistry leader;
    private readonly OperatorTokenRegistry standby;
    private readonly string secret;

    public OperatorTokenRegistryTests()
    {
        leader = OperatorTokenRegistry.Open(folder["leader"], clock, shared);
        standby = OperatorTokenRegistry.Open(folder["standby"], clock, shared, log);
        leader.Reload();
        secret = leader.Create(new NewOperatorToken("olga", OperatorRole.Operate)).Secret;
        Assert.Equal("olga", standby.Find(secret)?.Name);
        LookIsDue();
    }

    private string File => Path.Combine(folder["standby"], Name);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task While_one_waits_for_the_database_all_others_go_by_the_tokens_of_before()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = new TaskCompletionSource();
        int looks = 0;
        shared.Reading = () =>
        {
            looks++;
            asked.SetResult();
            answers.Task.Wait();
        };

        Task<OperatorTokenSummary?> first = Task.Run(() => standby.Find(secret), TestContext.Current.CancellationToken);
        await asked.Task.InTimeAsync();
        OperatorTokenSummary? second = await Task.Run(() => standby.Find(secret), TestContext.Current.CancellationToken).InTimeAsync();
        bool isEmpty = await Task.Run(() => standby.IsEmpty, TestContext.Current.CancellationToken).InTimeAsync();
        Assert.False(first.IsCompleted);
        answers.SetResult();

        Assert.Equal(("olga", "olga"), (second?.Name, (await first.InTimeAsync())?.Name));
        Assert.False(isEmpty);
        Assert.Equal(1, looks);
    }

    [Fact]
    public async Task Who_asks_does_not_wait_for_a_token_that_is_being_stored()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = new TaskCompletionSource();
        shared.Writing = () =>
        {
            asked.SetResult();
            answers.Task.Wait();
        };

        Task making = Task.Run(() => leader.Create(new NewOperatorToken("vera", OperatorRole.View)), TestContext.Current.CancellationToken);
        await asked.Task.InTimeAsync();
        OperatorTokenSummary? found = await Task.Run(() => leader.Find(secret), TestContext.Current.CancellationToken).InTimeAsync();
        answers.SetResult();
        await making.InTimeAsync();

        Assert.Equal("olga", found?.Name);
        Assert.Equal(["olga", "vera"], leader.List().Select(token => token.Name));
    }

    [Fact]
    public void The_file_is_written_where_something_has_changed_and_else_not()
    {
        System.IO.File.SetLastWriteTimeUtc(File, LongAgo);

        standby.Find(secret);
        DateTime unchanged = System.IO.File.GetLastWriteTimeUtc(File);
        leader.Create(new NewOperatorToken("vera", OperatorRole.View));
        LookIsDue();
        standby.Find(secret);

        Assert.Equal(LongAgo, unchanged);
        Assert.Equal(2, OperatorTokenRegistry.Open(folder["standby"], clock).List().Count);
    }

    /// <summary>A folder that is gone refuses files as a full disk does.</summary>
    [Fact]
    public void A_full_disk_is_told_once_and_what_the_leader_has_made_is_known_all_the_same()
    {
        string made = leader.Create(new NewOperatorToken("vera", OperatorRole.View)).Secret;
        Directory.Delete(folder["standby"], recursive: true);

        OperatorTokenSummary? vera = standby.Find(made);
        LookIsDue();
        OperatorTokenSummary? olga = standby.Find(secret);

        Assert.Equal(("vera", "olga"), (vera?.Name, olga?.Name));
        string told = Assert.Single(log.Lines);
        Assert.StartsWith("What the leader changes of operator tokens is not known here; those of before count: ", told, StringComparison.Ordinal);

        Directory.CreateDirectory(folder["standby"]);
        LookIsDue();
        standby.Find(secret);
        Assert.Equal(2, OperatorTokenRegistry.Open(folder["standby"], clock).List().Count);
        Assert.Single(log.Lines);
    }

    [Theory]
    [InlineData("{oops")]
    [InlineData("[null]")]
    [InlineData("""[{"name": "olga", "role": "Operate"}]""")]
    public void A_damaged_row_is_told_once_and_changes_nothing(string row)
    {
        shared.Write(Name, Encoding.UTF8.GetBytes(row));

        OperatorTokenSummary? first = standby.Find(secret);
        LookIsDue();
        OperatorTokenSummary? second = standby.Find(secret);

        Assert.Equal(("olga", "olga"), (first?.Name, second?.Name));
        string told = Assert.Single(log.Lines);
        Assert.Contains("'operator-tokens.json' in the table state_files of the database is damaged", told, StringComparison.Ordinal);
        Assert.Equal(["olga"], OperatorTokenRegistry.Open(folder["standby"], clock).List().Select(token => token.Name));
        Assert.Throws<InvalidDataException>(standby.Reload);
        Assert.Equal("olga", standby.Find(secret)?.Name);
    }

    [Fact]
    public void A_database_that_is_away_is_told_once_until_it_is_there_again()
    {
        for (int outage = 1; outage <= 2; outage++)
        {
            shared.IsAway = true;
            Assert.Equal("olga", standby.Find(secret)?.Name);
            LookIsDue();
            Assert.Equal("olga", standby.Find(secret)?.Name);
            Assert.Equal(outage, log.Lines.Count);

            shared.IsAway = false;
            LookIsDue();
            standby.Find(secret);
            LookIsDue();
        }
    }

    /// <summary>Revoked at the leader, revoked here.</summary>
    [Fact]
    public void A_token_that_is_revoked_is_unknown_after_the_next_look()
    {
        leader.Create(new NewOperatorToken("vera", OperatorRole.Operate));
        leader.Revoke("olga");

        Assert.Null(standby.Find(secret));
    }

    private void LookIsDue() => clock.Advance(TimeSpan.FromSeconds(11));
}
