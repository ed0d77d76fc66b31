using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>
/// Says to other processes that an agent is at work: a file in its state folder that it holds open from the moment a coordinator lets it in. The
/// operating system lets go of it when the agent ends, however that happens.
/// </summary>
internal sealed class ReadyMark(string stateFolder) : IDisposable
{
    private const string Name = "agent.ready";

    /// <summary>Whoever looks holds the file for less than a millisecond.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string file = Path.Combine(stateFolder, Name);
    private FileStream? held;

    /// <summary>The agent is at work from now on.</summary>
    /// <exception cref="IOException">Somebody else holds the file.</exception>
    public void Set()
    {
        if (held is null && !SpinWait.SpinUntil(TryHold, Patience))
        {
            throw new IOException($"'{file}' is held by another program; see which one, and start the agent again.");
        }
    }

    /// <summary>Whether an agent of this state folder is at work.</summary>
    public static bool IsSet(string stateFolder)
    {
        string file = Path.Combine(stateFolder, Name);
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            using FileStream free = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => held?.Dispose();

    private bool TryHold()
    {
        try
        {
            held = PrivateFolder.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
    }
}
