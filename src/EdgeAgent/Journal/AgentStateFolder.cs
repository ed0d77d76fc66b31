using System.Text.Json;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Journal;

/// <summary>An agent's state folder: closed to other users, held by one process for its life, and one agent's for good.</summary>
internal sealed class AgentStateFolder : IDisposable
{
    private const string OwnerFile = "agent.json";

    private readonly FolderLock held;

    private AgentStateFolder(FolderLock held, string? closed, Guid installation)
    {
        this.held = held;
        Installation = installation;
        Closed = closed;
    }

    /// <summary>Id of the folder, made with it: tells a restart of this agent from another agent of its name.</summary>
    public Guid Installation { get; }

    /// <summary>What had to be closed to other users, as a sentence; null if nothing.</summary>
    public string? Closed { get; }

    /// <summary>Makes the folder or opens it, and holds it until disposed.</summary>
    /// <exception cref="FolderInUseException">Another process holds it.</exception>
    /// <exception cref="InvalidDataException">It is another agent's, something else's or another user's; the message names the setting.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static AgentStateFolder Open(AgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Open(options.StateFolder, options.Name);
    }

    /// <inheritdoc cref="Open(AgentOptions)"/>
    /// <param name="folder">Made if absent.</param>
    /// <param name="name">The agent's.</param>
    public static AgentStateFolder Open(string folder, string name)
    {
        string? closed = Secure(folder);
        var held = FolderLock.Take(folder);
        try
        {
            return new AgentStateFolder(held, closed, Claim(folder, name));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The id of a folder that another process may hold; null: it has none.</summary>
    public static Guid? InstallationOf(string folder) =>
        Owner(Path.Combine(folder, OwnerFile)) is { Installation: var id } && id != Guid.Empty ? id : null;

    public void Dispose() => held.Dispose();

    private static string? Secure(string folder)
    {
        try
        {
            return PrivateFolder.Secure(folder, OwnerFile, "journal", "device.json");
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException || refused.GetType() == typeof(IOException))
        {
            throw new InvalidDataException(
                $"{AgentOptions.Section}:{nameof(AgentOptions.StateFolder)} is '{folder}', which cannot be used: {refused.Message}", refused);
        }
    }

    /// <summary>A journal speaks of its agent's tasks: under another name they would be reported as somebody else's.</summary>
    private static Guid Claim(string folder, string name)
    {
        string file = Path.Combine(folder, OwnerFile);
        Identity? owner = Owner(file);
        if (owner is not null && owner.Name != name)
        {
            throw new InvalidDataException(
                $"{AgentOptions.Section}:{nameof(AgentOptions.StateFolder)} is '{folder}', which is the state of agent '{owner.Name}', "
                    + $"not of '{name}'; name another folder, or start the agent under its own name.");
        }

        if (owner is not { Installation: var installation } || installation == Guid.Empty)
        {
            installation = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, new Identity(name, installation)));
        }

        return installation;
    }

    private static Identity? Owner(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<Identity>(File.ReadAllBytes(file)) : null;
        }
        catch (JsonException)
        {
            // Nothing but name and id are in it; it is written anew.
            return null;
        }
    }

    private sealed record Identity(string Name, Guid Installation = default);
}
