using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// Sees to it that no agent is worse off by a run: one for which the published adapter does worse on its held-out data than the best of those that it
/// trained itself keeps its own, as a PEFT folder in its state folder. Nothing of it is sent but the figures.
/// </summary>
internal sealed class OwnAdapterGuard
{
    private const string FolderName = "best-adapters";
    private const string KeptName = "kept-adapters";

    private readonly OwnFactorsStore best;
    private readonly string stateFolder;
    private readonly ILogger log;

    public OwnAdapterGuard(string stateFolder, ILogger log)
    {
        best = new OwnFactorsStore(stateFolder, log, FolderName);
        this.stateFolder = stateFolder;
        this.log = log;
    }

    /// <summary>
    /// Puts the better adapter of a task, that of the run or the one that was trained alone, aside until the task is settled, if it is better than
    /// the best so far; of equal ones the later.
    /// </summary>
    /// <param name="update">With what was measured of it; nothing is put aside where nothing was.</param>
    public void Stage(TaskOffer offer, TrainedUpdate update)
    {
        Guid run = offer.Header.RunId;
        OwnAdapterNote? better = best.Holds(run) ? ReadNote(run) : null;
        foreach (TrainedUpdate trained in new[] { update, update.Alone }.OfType<TrainedUpdate>())
        {
            if (trained is not { Adapter: { } adapter, Metrics: { LocalLoss: { } loss } metrics })
            {
                continue;
            }

            var note = new OwnAdapterNote(OwnFactorsNote.Of(offer)) { Loss = loss, Accuracy = metrics.LocalAccuracy };
            if (better is null || !IsBetter(better, note))
            {
                best.Stage(run, UpdatePacking.TaskName(offer), adapter);
                AtomicFile.Write(StagedNote(offer), stream => JsonSerializer.Serialize(stream, note));
                better = note;
            }
        }
    }

    /// <summary>
    /// A task is over: what was put aside for it is the agent's best adapter from now on, or forgotten. Doing it twice changes nothing.
    /// </summary>
    public void Settle(TaskOffer offer, bool counted)
    {
        if (counted && File.Exists(StagedNote(offer)))
        {
            AtomicFile.Adopt(StagedNote(offer), best.NoteOf(offer.Header.RunId));
        }

        File.Delete(StagedNote(offer));
        best.SettleUntilPublished(offer, counted);
    }

    /// <summary>The published adapter was measured: keeps the agent's best one if that does better.</summary>
    /// <param name="measured">How the published one does.</param>
    /// <param name="measure">Measures another adapter on the same examples.</param>
    public TrainedUpdate Judge(TaskOffer offer, TrainedUpdate measured, Func<LoraAdapter, TrainedUpdate> measure)
    {
        Guid run = offer.Header.RunId;
        Remove(stateFolder, run);
        if (Best(offer) is not { } own)
        {
            return measured;
        }

        ResultMetrics figures = measure(own.Adapter).Metrics;
        bool keeps = IsBetter(figures.GlobalAccuracy, figures.GlobalLoss, measured.Metrics.GlobalAccuracy, measured.Metrics.GlobalLoss);
        if (keeps)
        {
            PrivateFolder.Create(Path.Combine(stateFolder, KeptName));
            // The note first: a folder that is there always has it.
            AtomicFile.Write(NoteOf(stateFolder, run), stream => JsonSerializer.Serialize(stream, own.Note));
            Write(FolderOf(stateFolder, run), own.Adapter, own.Note);
            log.KeepsOwn(run, FolderOf(stateFolder, run));
        }

        return measured with
        {
            Metrics = measured.Metrics with
            {
                KeepsOwn = keeps,
                LocalAccuracy = figures.GlobalAccuracy,
                LocalLoss = figures.GlobalLoss,
                LocalBitsPerByte = figures.GlobalBitsPerByte,
            },
        };
    }

    /// <summary>Where the files of measuring or training another adapter go, beside those of the task's own.</summary>
    /// <param name="name">Of a folder among the task's files.</param>
    public static string CheckpointBeside(string checkpoint, string name)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, name);
        PrivateFolder.Create(folder);
        return Path.Combine(folder, Path.GetFileName(checkpoint));
    }

    /// <summary>Runs in which the agent keeps its own adapter, in the order of their ids.</summary>
    public static IReadOnlyList<Guid> KeptRuns(string stateFolder)
    {
        string kept = Path.Combine(stateFolder, KeptName);
        return Directory.Exists(kept)
            ? [.. Directory.EnumerateDirectories(kept)
                .Select(folder => Guid.TryParseExact(Path.GetFileName(folder), "N", out Guid run) ? run : Guid.Empty)
                .Where(run => run != Guid.Empty).Order()]
            : [];
    }

    /// <summary>Writes the adapter that is kept in a run somewhere else.</summary>
    /// <exception cref="AdapterFormatException">What is kept is damaged.</exception>
    public static void Export(string stateFolder, Guid run, string folder)
    {
        string note = NoteOf(stateFolder, run);
        try
        {
            Write(folder, PeftFolder.Read(FolderOf(stateFolder, run)), JsonSerializer.Deserialize<OwnFactorsNote>(File.ReadAllBytes(note))!);
        }
        catch (JsonException damage)
        {
            throw new AdapterFormatException($"{note}: {damage.Message}", damage);
        }
    }

    /// <summary>The PEFT folder of the adapter that is kept in a run.</summary>
    public static string FolderOf(string stateFolder, Guid run) => Path.Combine(stateFolder, KeptName, run.ToString("N"));

    /// <summary>By accuracy where there is one, else by loss; of equal ones the second.</summary>
    private static bool IsBetter(OwnAdapterNote first, OwnAdapterNote second) =>
        IsBetter(first.Accuracy, first.Loss, second.Accuracy, second.Loss);

    private static bool IsBetter(double? accuracy, double? loss, double? otherAccuracy, double? otherLoss) =>
        accuracy is { } one && otherAccuracy is { } other ? one > other : loss < otherLoss;

    private OwnAdapterNote? ReadNote(Guid run)
    {
        try
        {
            return JsonSerializer.Deserialize<OwnAdapterNote>(File.ReadAllBytes(best.NoteOf(run)));
        }
        catch (Exception useless) when (useless is JsonException or IOException)
        {
            log.OwnFactorsUseless(run, useless.Message);
            return null;
        }
    }

    private string StagedNote(TaskOffer offer) =>
        Path.Combine(stateFolder, FolderName, $"{offer.Header.RunId:N}.{UpdatePacking.TaskName(offer)}.json");

    /// <summary>Null: there is none, it can't be read, or it was trained on other base weights than the published one goes with.</summary>
    private (LoraAdapter Adapter, OwnFactorsNote Note)? Best(TaskOffer offer)
    {
        Guid run = offer.Header.RunId;
        if (!best.Holds(run))
        {
            return null;
        }

        try
        {
            (LoraAdapter adapter, OwnFactorsNote? note) = best.Export(run);
            return note is not null && note.BaseDelta == offer.BaseDelta?.Sha256 ? (adapter, note) : null;
        }
        catch (AdapterFormatException useless)
        {
            log.OwnFactorsUseless(run, useless.Message);
            return null;
        }
    }

    private static void Write(string folder, LoraAdapter adapter, OwnFactorsNote note) => PeftFolder.Write(
        folder, adapter, note.Model, note.TaskType, labels: note.Labels.Count > 0 ? note.Labels : null, baseDeltaSha256: note.BaseDelta);

    private static string NoteOf(string stateFolder, Guid run) => FolderOf(stateFolder, run) + ".json";

    private static void Remove(string stateFolder, Guid run)
    {
        if (Directory.Exists(FolderOf(stateFolder, run)))
        {
            Directory.Delete(FolderOf(stateFolder, run), recursive: true);
        }

        if (File.Exists(NoteOf(stateFolder, run)))
        {
            File.Delete(NoteOf(stateFolder, run));
        }
    }
}
