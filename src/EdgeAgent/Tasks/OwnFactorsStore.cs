using System.Security.Cryptography;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>The adapter as this agent last trained it, one for each run, where a strategy leaves factors with the agents. Never sent anywhere.</summary>
/// <remarks>
/// What a task trained is staged under the task's name and takes the place of what is kept when the task's update counts, as error feedback does: a task that is done again
/// starts from the same factors. A file is an <c>fp32</c> payload and its SHA-256.
/// </remarks>
internal sealed class OwnFactorsStore
{
    private readonly string folder;
    private readonly ILogger log;

    public OwnFactorsStore(string stateFolder, ILogger log)
    {
        folder = Path.Combine(stateFolder, "own-factors");
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
    public void Stage(Guid run, string task, LoraAdapter trained)
    {
        byte[] body = AdapterCodec.Parse("fp32").Encode(trained);
        AtomicFile.Write(Staged(run, task), stream =>
        {
            stream.Write(body);
            stream.Write(SHA256.HashData(body));
        });
    }

    /// <summary>The update of a task counted, or did not: what was staged for it is kept from now on, or forgotten. Doing it twice changes nothing.</summary>
    public void Settle(Guid run, string task, bool counted)
    {
        string staged = Staged(run, task);
        if (counted && File.Exists(staged))
        {
            File.Move(staged, Kept(run), overwrite: true);
        }

        File.Delete(staged);
    }

    private static LoraAdapter Read(byte[] content, AdapterShape shape)
    {
        int length = content.Length - SHA256.HashSizeInBytes;
        return length > 0 && SHA256.HashData(content.AsSpan(0, length)).AsSpan().SequenceEqual(content.AsSpan(length))
            ? AdapterPayload.Decode(content.AsSpan(0, length), shape)
            : throw new AdapterFormatException("the content does not match the SHA-256 at its end.");
    }

    private string Kept(Guid run) => Path.Combine(folder, run.ToString("N"));

    private string Staged(Guid run, string task) => Path.Combine(folder, $"{run:N}.{task}");
}
