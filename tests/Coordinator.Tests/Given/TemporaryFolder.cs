using System.Diagnostics;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>A folder of its own for one test, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public string Path { get; } = Directory.CreateTempSubdirectory("edgeflora-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // A worker of the test's run may still be writing a body: what came while we deleted goes with the next try.
        long began = Stopwatch.GetTimestamp();
        while (Directory.Exists(Path))
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(began) < Patience)
            {
                Thread.Yield();
            }
        }
    }
}
