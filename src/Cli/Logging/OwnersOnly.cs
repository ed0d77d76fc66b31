using System.Text;
using Serilog.Sinks.File;

namespace EdgeFlora.Cli.Logging;

/// <summary>Log files are for the eyes of their owner.</summary>
internal sealed class OwnersOnly : FileLifecycleHooks
{
    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return base.OnFileOpened(path, underlyingStream, encoding);
    }
}
