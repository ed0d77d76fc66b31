using System.Formats.Tar;
using System.Text.RegularExpressions;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Models;

/// <summary>
/// The base models that operators have added, each in a folder of its name below the service's state folder. A model is there as a whole or not at
/// all.
/// </summary>
public sealed partial class ModelStore
{
    /// <summary>What a name must be.</summary>
    public const string NameForm = "1 … 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit";

    /// <summary>Beginning of the names of folders in which a model is put together, or deleted.</summary>
    private const string UnderWay = ".under-way-";

    /// <summary>Beginning of the name of the folder of a model of which it is being asked whether anybody needs it.</summary>
    private const string Asked = ".asked-";

    private readonly string folder;
    private readonly TimeProvider time;
    private readonly Lock gate = new();

    private ModelStore(string folder, TimeProvider time)
    {
        this.folder = folder;
        this.time = time;
    }

    /// <summary>Folders of the models that are here.</summary>
    public IReadOnlyList<string> Folders => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Where(model => IsName(Path.GetFileName(model))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Opens the store; what a service that ended was just adding or removing goes.</summary>
    /// <param name="stateFolder">Of the service.</param>
    public static ModelStore Open(string stateFolder, TimeProvider time)
    {
        ModelStore store = Of(stateFolder, time);
        store.Tidy();
        return store;
    }

    /// <summary>The store, as it is: another replica may be adding a model to it.</summary>
    /// <param name="stateFolder">Of the service.</param>
    public static ModelStore Of(string stateFolder, TimeProvider time) =>
        new(Path.GetFullPath(Path.Combine(stateFolder, "models")), time);

    /// <summary>Removes what a service that ended was just adding, and puts back what it was just removing.</summary>
    public void Tidy()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string left in Directory.EnumerateDirectories(folder, UnderWay + "*").ToArray())
        {
            Directory.Delete(left, recursive: true);
        }

        foreach (string asked in Directory.EnumerateDirectories(folder, Asked + "*").ToArray())
        {
            Directory.Move(asked, Path.Combine(folder, Path.GetFileName(asked)[Asked.Length..]));
        }
    }

    /// <summary>Whether a text may be a model's name.</summary>
    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>Whether a model of this name was added.</summary>
    public bool Holds(string name) => IsName(name) && Directory.Exists(Path.Combine(folder, name));

    /// <summary>The folder of a model that was added by the request of this key; null: there is none.</summary>
    public string? Find(string name, string key) =>
        Holds(name) && Path.Combine(folder, name) is var place && ModelManifest.Read(place)?.Key == key ? place : null;

    /// <summary>Adds a model.</summary>
    /// <param name="archive">A tar of its files, not compressed.</param>
    /// <param name="by">Name of the operator token.</param>
    /// <param name="key">Idempotency key of the request; null: it has none.</param>
    /// <returns>Its folder; of a request that was done already, that of the first time.</returns>
    /// <exception cref="ServiceRefusedException">The archive is none, holds no model, or one that is here already.</exception>
    public async Task<string> AddAsync(string name, Stream archive, string by, string? key, CancellationToken stop)
    {
        PrivateFolder.Create(folder);
        string temporary = Path.Combine(folder, UnderWay + Path.GetRandomFileName());
        PrivateFolder.Create(temporary);
        try
        {
            await UnpackAsync(archive, temporary, stop);
            ModelManifest manifest = (await CheckAsync(temporary, by, stop)) with { Key = key };
            manifest.Write(temporary);
            FolderSync.Flush(temporary);
            return Adopt(name, temporary, manifest);
        }
        catch (AdapterFormatException wrong)
        {
            string sentence = wrong.Message.Replace(temporary + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
                .Replace(temporary, "the archive", StringComparison.Ordinal);
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"model '{name}' was not added: {sentence}");
        }
        catch (IOException full) when (full.GetType() == typeof(IOException))
        {
            // Those of a broken connection are of other types.
            throw new ServiceRefusedException(
                ProblemCode.Unavailable, $"model '{name}' was not added: {full.Message}", "make room on the disk of the service's state folder");
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>Removes a model that <see cref="Holds"/>.</summary>
    /// <param name="users">Names those who need it; asked when nobody can find it any more.</param>
    /// <exception cref="ServiceRefusedException">Somebody needs it.</exception>
    public async Task RemoveAsync(string name, Func<Task<IReadOnlyList<string>>> users)
    {
        ArgumentNullException.ThrowIfNull(users);
        string place = Path.Combine(folder, name);
        string aside = Path.Combine(folder, Asked + name);
        lock (gate)
        {
            if (!Directory.Exists(place))
            {
                throw new ServiceRefusedException(ProblemCode.Conflict, $"model '{name}' is being removed already");
            }

            Directory.Move(place, aside);
        }

        IReadOnlyList<string> needed;
        try
        {
            needed = await users();
        }
        catch
        {
            Directory.Move(aside, place);
            throw;
        }

        if (needed.Count > 0)
        {
            Directory.Move(aside, place);
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"model '{name}' is in use by {string.Join(", ", needed.Take(5))}{(needed.Count > 5 ? $" and {needed.Count - 5} more" : "")}",
                "wait until they are over, or cancel them: edgeflora runs cancel ID");
        }

        string deleted = Path.Combine(folder, UnderWay + Path.GetRandomFileName());
        Directory.Move(aside, deleted);
        FolderSync.Flush(folder);
        Directory.Delete(deleted, recursive: true);
    }

    /// <summary>What is known of a model that was added; null: this is no folder of one.</summary>
    internal ModelManifest? ManifestOf(string model) =>
        Path.GetDirectoryName(Path.GetFullPath(model)) == folder ? ModelManifest.Read(model) : null;

    private string Adopt(string name, string temporary, ModelManifest manifest)
    {
        lock (gate)
        {
            if (manifest.Key is { } key && Find(name, key) is { } same)
            {
                return same; // the request came twice, and the other was done first
            }

            string place = Path.Combine(folder, name);
            if (Directory.Exists(place) || Directory.Exists(Path.Combine(folder, Asked + name)))
            {
                throw new ServiceRefusedException(ProblemCode.Conflict, $"there is a model '{name}' already", "choose another name: --name");
            }

            if (Folders.FirstOrDefault(other => ModelManifest.Read(other)?.ArchiveSha256 == manifest.ArchiveSha256) is { } alike)
            {
                throw new ServiceRefusedException(
                    ProblemCode.Conflict,
                    $"these are the files of model '{Path.GetFileName(alike)}', which is here already",
                    "name that one in specs");
            }

            Directory.Move(temporary, place);
            FolderSync.Flush(folder);
            return place;
        }
    }

    private static async Task UnpackAsync(Stream archive, string target, CancellationToken stop)
    {
        try
        {
            var unpacking = new ModelUnpacking(target, WireLimits.MaxModelBytes);
            await using var reader = new TarReader(archive, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, stop) is { } entry)
            {
                // As "tar -C DIR ." writes it.
                string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.EntryType == TarEntryType.Directory && name.Length == 0)
                {
                    continue;
                }

                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    throw new AdapterFormatException($"the archive holds '{TextOf(name)}', which is not a plain file ({entry.EntryType})");
                }

                await unpacking.AddAsync(name, entry.Length, entry.DataStream ?? Stream.Null, stop);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new AdapterFormatException($"the body is no uncompressed tar, or ends early: {broken.Message}", broken);
        }
    }

    private async Task<ModelManifest> CheckAsync(string model, string by, CancellationToken stop)
    {
        var archive = ModelArchive.Of(model);
        foreach (string needless in Directory.EnumerateFiles(model).Except(archive.Files.Select(file => file.Path)).ToArray())
        {
            // Weights that the index does not name.
            File.Delete(needless);
        }

        BaseModelFolder.Open(model).Dispose();
        return archive.Size > WireLimits.MaxModelBytes
            ? throw new AdapterFormatException(FormattableString.Invariant(
                $"its archive has {archive.Size} bytes; agents can fetch {WireLimits.MaxModelBytes} at most"))
            : new ModelManifest(
                await SafetensorsSet.HashAsync(model, stop), await archive.HashAsync(stop), archive.Size, time.GetUtcNow(), by);
    }

    private static string TextOf(string name) => name.Length <= 100 ? name : name[..100] + "…";

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
