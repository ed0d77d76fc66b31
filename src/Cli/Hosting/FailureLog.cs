using System.Globalization;
using System.Text;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Hosting;

/// <summary>Where the details of an unexpected failure go.</summary>
internal static class FailureLog
{
    /// <summary>Writes the failure with its stack trace to a new file of the user's temporary folder; returns its path.</summary>
    public static async Task<string> WriteAsync(string command, Exception failure)
    {
        string path = Path.Combine(
            Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"{command.Replace(' ', '-')}-{Environment.ProcessId}.failure.log"));
        try
        {
            await using FileStream file = PrivateFolder.Open(path, FileMode.Create, FileAccess.Write);
            await file.WriteAsync(Encoding.UTF8.GetBytes($"{command}{Environment.NewLine}{failure}{Environment.NewLine}"));
            return path;
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            return $"nowhere: {path} cannot be written";
        }
    }
}
