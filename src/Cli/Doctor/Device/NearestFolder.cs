namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>Looks for the folder in which another one would be made.</summary>
internal static class NearestFolder
{
    /// <summary>The folder itself, or the nearest one above it that exists. Null: not even the drive does, as where it is not plugged in.</summary>
    /// <param name="folder">A full path.</param>
    /// <param name="exists">Whether a folder exists.</param>
    public static string? Of(string folder, Func<string, bool> exists)
    {
        string? place = folder;
        while (place is not null && !exists(place))
        {
            place = Path.GetDirectoryName(place);
        }

        return place;
    }
}
