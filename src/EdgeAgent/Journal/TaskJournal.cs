using System.Text.Json;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Journal;

/// <summary>The tasks this agent has taken on and not yet ended, one folder each: <c>task.json</c> and <c>checkpoint</c>.</summary>
/// <remarks>Every write is atomic and on disk before it returns: an offer is acknowledged to the broker only after its entry.</remarks>
internal sealed class TaskJournal
{
    private const string EntryFile = "task.json";

    private readonly string folder;
    private readonly string aside;
    private readonly ILogger log;

    public TaskJournal(string stateFolder, ILogger log)
    {
        folder = Path.Combine(stateFolder, "journal");
        aside = Path.Combine(stateFolder, "journal-damaged");
        this.log = log;
        PrivateFolder.Create(folder);
    }

    /// <summary>
    /// Open tasks, oldest acceptance first. What cannot be read is set aside, so that it is neither lost nor met again at the next start.
    /// </summary>
    public IReadOnlyList<JournalEntry> Open()
    {
        List<JournalEntry> entries = [];
        foreach (string task in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).ToArray())
        {
            if (Read(task) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return [.. entries.OrderBy(entry => entry.AcceptedAt).ThenBy(entry => entry.Offer.Header.TaskId)];
    }

    public void Write(JournalEntry entry)
    {
        PrivateFolder.Create(FolderOf(entry.Offer));
        AtomicFile.Write(Path.Combine(FolderOf(entry.Offer), EntryFile), file => JsonSerializer.Serialize(file, entry));
    }

    /// <summary>Forgets a task that has ended.</summary>
    public void Remove(TaskOffer offer)
    {
        if (Directory.Exists(FolderOf(offer)))
        {
            // The entry goes first: a crash in between leaves a folder without one, which means nothing.
            File.Delete(Path.Combine(FolderOf(offer), EntryFile));
            Directory.Delete(FolderOf(offer), recursive: true);
        }
    }

    public string CheckpointOf(TaskOffer offer) => Path.Combine(FolderOf(offer), "checkpoint");

    private string FolderOf(TaskOffer offer) => Path.Combine(folder, offer.Header.TaskId.ToString("N"));

    private JournalEntry? Read(string task)
    {
        string file = Path.Combine(task, EntryFile);
        if (!File.Exists(file))
        {
            Directory.Delete(task, recursive: true);
            return null;
        }

        try
        {
            JournalEntry entry = JsonSerializer.Deserialize<JournalEntry>(File.ReadAllBytes(file)) ?? throw new JsonException("The file holds null.");
            return FolderOf(entry.Offer) == task ? entry : throw new JsonException("The entry is another task's.");
        }
        catch (JsonException damage)
        {
            string target = Path.Combine(aside, Path.GetFileName(task));
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            PrivateFolder.Create(aside);
            Directory.Move(task, target);
            log.JournalDamaged(file, target, damage.Message);
            return null;
        }
    }
}
