using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Learning.Devices;

/// <summary>A profile kept in a file, so that a device is measured once and not at every start.</summary>
public static class DeviceProfileFile
{
    private const int MaxBytes = 1 << 16;

    /// <summary>What the file holds; null if there is none, if it is no sound profile, or if it was measured for something else.</summary>
    public static DeviceProfile? Read(string path, string key)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            DeviceProfile? profile = JsonSerializer.Deserialize<DeviceProfile>(File.ReadAllBytes(path));
            return profile?.Key == key && IsSound(profile.TokensPerSecond, profile.MappedBytes, profile.ProcessBytes)
                && IsSound(profile.Memory) && IsSound(profile.DoraMemory) && IsSound(profile.HiraMemory) && IsSound(profile.Least)
                ? profile
                : null;
        }
        catch (JsonException)
        {
            // Measured anew, as if it were not there; the new one takes its place.
            return null;
        }
    }

    public static void Write(string path, DeviceProfile profile) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, profile));

    private static bool IsSound(MemoryFit? memory) =>
        memory is null || (memory.MaxTokens > 0 && IsSound(memory.Fixed, memory.PerRank, memory.PerToken, memory.PerTokenRank));

    private static bool IsSound(params ReadOnlySpan<double> figures)
    {
        foreach (double figure in figures)
        {
            if (!double.IsFinite(figure) || figure < 0)
            {
                return false;
            }
        }

        return true;
    }
}
