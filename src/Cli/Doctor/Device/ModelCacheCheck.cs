using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>
/// That fetched models have a place: it can be written, is its owner's alone, has room for what its limit allows, and what is in it is whole.
/// </summary>
/// <param name="free">Bytes that the disk of a folder has free.</param>
/// <param name="exists">Whether a folder exists; null: as the disk says.</param>
internal sealed class ModelCacheCheck(DeviceContext device, Func<string, long> free, Func<string, bool>? exists = null) : ICheck
{
    /// <summary>Below it hardly any model can be fetched.</summary>
    private const long Least = 64L << 20;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string folder = Path.GetFullPath(device.Agent.ModelCacheFolder);

    public string Name => "models.cache";

    public string Deed => $"writes a file to {folder}, asks for its disk's free space and reads the models in it";

    /// <summary>All of ten gigabytes are read.</summary>
    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        if (device.Agent.WhyNoFetching is { } none)
        {
            return Finding.NotTried(none);
        }

        if (File.Exists(folder))
        {
            return Finding.Failed($"{folder} is a file", "name a folder with models.cache.folder");
        }

        return Unwritable() ?? Open() ?? await DamagedAsync(stop) ?? Room();
    }

    private Finding? Unwritable()
    {
        if (NearestFolder.Of(folder, exists ?? Directory.Exists) is not { } place)
        {
            return Finding.Failed(
                $"{folder} is on a drive that is not there", "connect the drive, or name a folder on another one with models.cache.folder");
        }

        string file = Path.Combine(place, $".doctor-{Environment.ProcessId}");
        try
        {
            using (FileStream stream = PrivateFolder.Open(file, FileMode.Create, FileAccess.Write))
            {
                stream.WriteByte(1);
            }

            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(
                $"{place} cannot be written: {refused.Message.TrimEnd('.')}",
                OperatingSystem.IsWindows() ? "give this user the right to it, or name another folder with models.cache.folder"
                    : $"give it to this user: sudo chown -R {Environment.UserName} '{place}'; or name another folder with models.cache.folder");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Whoever else may write there could change weights after they were checked.</summary>
    private Finding? Open() => !OperatingSystem.IsWindows() && Directory.Exists(folder) && (File.GetUnixFileMode(folder) & Others) != 0
        ? Finding.Failed($"{folder} is open to other users of this machine", $"chmod -R go-rwx '{folder}'")
        : null;

    private async Task<Finding?> DamagedAsync(CancellationToken stop)
    {
        foreach (string model in Held())
        {
            string place = Path.Combine(folder, model);
            string? wrong;
            try
            {
                string found = await SafetensorsSet.HashAsync(place, stop);
                wrong = found == model ? null : $"its weights have the hash {found[..12]}…";
            }
            catch (Exception unreadable)
                when (unreadable is IOException or UnauthorizedAccessException or AdapterFormatException or InvalidDataException)
            {
                wrong = unreadable.Message.TrimEnd('.');
            }

            if (wrong is not null && Directory.Exists(place))
            {
                return Finding.Failed(
                    $"the model {model[..12]}… in {folder} is damaged: {wrong}", $"rm -r '{place}'; it is fetched again when a task asks for it");
            }
        }

        return null;
    }

    private Finding Room()
    {
        var space = new CacheSpace(device.Agent, folder, free);
        long used = ModelCache.SizeOf(folder);
        long room = space.Room(used, staying: 0);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Held().Length} models, {CacheSpace.Size(used)} of {CacheSpace.Size(space.LimitBytes)}; "
                + $"there is room for one of {CacheSpace.Size(room)}");
        const string Mend = "free some space, or name a folder on another disk with models.cache.folder; a model is there twice while it is unpacked";
        return room < Least ? Finding.Failed(text, Mend)
            : used + free(folder) < space.LimitBytes ? Finding.Warning(
                $"{text}: its disk has {CacheSpace.Size(free(folder))} free, less than models.cache.limit allows",
                $"lower models.cache.limit, or {Mend}")
            : Finding.Ok(text);
    }

    private string[] Held() => Directory.Exists(folder)
        ?
        [
            .. Directory.EnumerateDirectories(folder).Select(place => Path.GetFileName(place))
                .Where(BlobClaims.IsSha256).Order(StringComparer.Ordinal),
        ]
        : [];
}
