using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Journal;

public sealed class TaskJournalTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_written_is_found_by_the_next_process_oldest_first()
    {
        TaskOffer later = Offers.Bare(round: 1);
        TaskOffer earlier = Offers.Bare(round: 2);
        TaskJournal journal = Open();
        journal.Write(new JournalEntry { Offer = later, AcceptedAt = Noon.AddMinutes(1) });
        journal.Write(new JournalEntry { Offer = earlier, AcceptedAt = Noon, Stage = JournalStage.Uploaded, Claim = later.Adapter, Examples = 3 });

        IReadOnlyList<JournalEntry> open = Open().Open();

        Assert.Equal([2, 1], open.Select(entry => entry.Offer.Header.Round));
        Assert.Equivalent(
            new JournalEntry { Offer = earlier, AcceptedAt = Noon, Stage = JournalStage.Uploaded, Claim = later.Adapter, Examples = 3 },
            open[0],
            strict: true);
    }

    [Fact]
    public void A_removed_task_is_gone_with_its_checkpoint()
    {
        TaskJournal journal = Open();
        TaskOffer offer = Offers.Bare();
        journal.Write(new JournalEntry { Offer = offer, AcceptedAt = Noon });
        File.WriteAllText(journal.CheckpointOf(offer), "…");

        journal.Remove(offer);

        Assert.Empty(Open().Open());
        Assert.False(File.Exists(journal.CheckpointOf(offer)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Offer\": ")]
    [InlineData("null")]
    [InlineData("{\"Stage\": \"Packed\"}")]
    public void A_damaged_entry_is_set_aside_once_and_the_others_are_read(string damage)
    {
        TaskJournal journal = Open();
        journal.Write(new JournalEntry { Offer = Offers.Bare(round: 1), AcceptedAt = Noon });
        journal.Write(new JournalEntry { Offer = Offers.Bare(round: 2), AcceptedAt = Noon });
        string file = Path.Combine(Path.GetDirectoryName(journal.CheckpointOf(Offers.Bare(round: 1)))!, "task.json");
        File.WriteAllText(file, damage);

        Assert.Equal(2, Assert.Single(Open().Open()).Offer.Header.Round);
        Assert.Equal(2, Assert.Single(Open().Open()).Offer.Header.Round);
        string aside = Assert.Single(Directory.EnumerateFiles(folder.In("journal-damaged"), "task.json", SearchOption.AllDirectories));
        Assert.Equal(damage, File.ReadAllText(aside));
    }

    [Fact]
    public void A_folder_left_by_a_crash_while_removing_means_nothing()
    {
        TaskJournal journal = Open();
        TaskOffer offer = Offers.Bare();
        journal.Write(new JournalEntry { Offer = offer, AcceptedAt = Noon });
        File.WriteAllText(journal.CheckpointOf(offer), "…");
        File.Delete(Path.Combine(Path.GetDirectoryName(journal.CheckpointOf(offer))!, "task.json"));

        Assert.Empty(Open().Open());
        Assert.Empty(Directory.EnumerateDirectories(folder.In("journal")));
    }

    private TaskJournal Open() => new(folder.Path, NullLogger.Instance);
}
