using System.Security.Cryptography;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// The adapter as this agent last trained or measured it, one for each run, where factors or the head stay with the agents. Never sent anywhere.
/// </summary>
/// <remarks>
/// What a task trained is staged under the task's name and takes the place of what is kept when the task's update counts, as error feedback does: a
/// task that is done again
/// starts from the same factors. A file is an <c>fp32</c> payload and its SHA-256.
/// </remarks>
internal sealed class OwnFactorsStore
{
    private const string FolderName = "own-factors";

    /// <summary>Runs of which something is held until they end; of those that never end here, the oldest go first.</summary>
    private const int MaxRuns = 8;

    private readonly string folder;
    private readonly ILogger log;

    /// <param name="name">Of the folder in the state folder.</param>
    public OwnFactorsStore(string stateFolder, ILogger log, string name = FolderName)
    {
        folder = Path.Combine(stateFolder, name);
        this.log = log;
        PrivateFolder.Create(folder);
    }

    /// <summary>What is kept for a run; null if nothing is, or nothing of use.</summary>
    public LoraAdapter? Load(Guid run, AdapterShape shape)
    {
        string file = Kept(run);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return Read(File.ReadAllBytes(file), shape);
        }
        catch (AdapterFormatException useless)
        {
            log.OwnFactorsUseless(run, $"{file}: {useless.Message}");
            return null;
        }
    }

    /// <summary>Puts a trained adapter aside until its task is settled. Doing it again replaces it.</summary>
    public void Stage(Guid run, string task, LoraAdapter trained) => Write(Staged(run, task), trained);

    /// <summary>Keeps an adapter from now on.</summary>
    public void Keep(Guid run, LoraAdapter adapter) => Write(Kept(run), adapter);

    /// <summary>
    /// The update of a task counted, or did not: what was staged for it is kept from now on, or forgotten. Doing it twice changes nothing.
    /// </summary>
    public void Settle(Guid run, string task, bool counted)
    {
        string staged = Staged(run, task);
        if (counted && File.Exists(staged))
        {
            AtomicFile.Adopt(staged, Kept(run));
        }

        File.Delete(staged);
    }

    /// <summary>
    /// As <see cref="Settle"/>, of what is of use only until its run has published its last model: it is forgotten then. Nobody tells an agent of the
    /// end of a run that it has no part in any more, so the newest few runs alone are held.
    /// </summary>
    public void SettleUntilPublished(TaskOffer offer, bool counted)
    {
        Guid run = offer.Header.RunId;
        Settle(run, UpdatePacking.TaskName(offer), counted);
        if (counted && offer.Published)
        {
            Forget(run);
        }

        foreach (Guid old in OldestFirst().Where(held => held != run).SkipLast(MaxRuns - 1))
        {
            Forget(old);
        }
    }

    /// <summary>Whether something is kept for a run.</summary>
    public bool Holds(Guid run) => File.Exists(Kept(run));

    /// <summary>Forgets what is kept for a run.</summary>
    public void Forget(Guid run)
    {
        File.Delete(Kept(run));
        File.Delete(NoteOf(run));
    }

    /// <summary>Runs of which something is kept, those longest unchanged first.</summary>
    private IReadOnlyList<Guid> OldestFirst() => [.. Runs(folder).OrderBy(run => File.GetLastWriteTimeUtc(Kept(run)))];

    /// <summary>Runs of which something is kept, in the order of their ids.</summary>
    public static IReadOnlyList<Guid> RunsIn(string stateFolder) => Runs(Path.Combine(stateFolder, FolderName));

    private static IReadOnlyList<Guid> Runs(string kept) => Directory.Exists(kept)
        ? [.. Directory.EnumerateFiles(kept).Select(file => Guid.TryParseExact(Path.GetFileName(file), "N", out Guid run) ? run : Guid.Empty)
            .Where(run => run != Guid.Empty).Order()]
        : [];

    /// <summary>Keeps what belongs to a run's adapter when it is taken out.</summary>
    public void Describe(Guid run, OwnFactorsNote note) => AtomicFile.Write(NoteOf(run), stream => JsonSerializer.Serialize(stream, note));

    /// <summary>What is kept for a run, in its own shape, with its note if that can be read.</summary>
    /// <exception cref="AdapterFormatException">The file is damaged.</exception>
    public (LoraAdapter Adapter, OwnFactorsNote? Note) Export(Guid run)
    {
        byte[] content = File.ReadAllBytes(Kept(run));
        try
        {
            ReadOnlySpan<byte> body = Body(content);
            LoraAdapter adapter = AdapterPayload.Decode(body, AdapterPayload.Describe(body, body.Length / sizeof(float)).Shape);
            return (adapter, File.Exists(NoteOf(run)) ? JsonSerializer.Deserialize<OwnFactorsNote>(File.ReadAllBytes(NoteOf(run))) : null);
        }
        catch (AdapterFormatException damage)
        {
            throw new AdapterFormatException($"{Kept(run)}: {damage.Message}", damage);
        }
        catch (JsonException damage)
        {
            throw new AdapterFormatException($"{NoteOf(run)}: {damage.Message}", damage);
        }
    }

    private static void Write(string file, LoraAdapter adapter)
    {
        byte[] body = AdapterCodec.Parse("fp32").Encode(adapter);
        AtomicFile.Write(file, stream =>
        {
            stream.Write(body);
            stream.Write(SHA256.HashData(body));
        });
    }

    private static LoraAdapter Read(byte[] content, AdapterShape shape) => AdapterPayload.Decode(Body(content), shape);

    private static ReadOnlySpan<byte> Body(byte[] content)
    {
        int length = content.Length - SHA256.HashSizeInBytes;
        return length > 0 && SHA256.HashData(content.AsSpan(0, length)).AsSpan().SequenceEqual(content.AsSpan(length))
            ? content.AsSpan(0, length)
            : throw new AdapterFormatException("the content does not match the SHA-256 at its end.");
    }

    /// <summary>Where the note on a run's adapter is.</summary>
    public string NoteOf(Guid run) => Path.Combine(folder, $"{run:N}.json");

    private string Kept(Guid run) => Path.Combine(folder, run.ToString("N"));

    private string Staged(Guid run, string task) => Path.Combine(folder, $"{run:N}.{task}");
}
