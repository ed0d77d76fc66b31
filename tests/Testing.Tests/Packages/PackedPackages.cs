using System.Diagnostics;
using System.Text;

namespace EdgeFlora.Testing.Tests.Packages;

/// <summary>The packages as <c>dotnet pack</c> makes them of what was built here, and programs that know nothing but them.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    /// <summary>Where <c>test.sh</c> keeps packages and samples while it runs: what one project's tests made, the next one's find.</summary>
    private static readonly string? Kept = Environment.GetEnvironmentVariable("EDGEFLORA_TEST_PACKAGES") is { Length: > 0 } kept ? kept : null;

    private readonly DirectoryInfo folder =
        Kept is null ? Directory.CreateTempSubdirectory("edgeflora-packages-") : Directory.CreateDirectory(Kept);

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Folder of the packages.</summary>
    public string Folder => In("packages");

    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public async ValueTask InitializeAsync()
    {
        if (IsMade("packages"))
        {
            return;
        }

        string list = In("packages.proj");
        await File.WriteAllTextAsync(list, $"""
            <Project>
              <ItemGroup>
                <Packed Include="{Root}/src/*/*.csproj" Exclude="{Root}/src/Cli/*;{Root}/src/Experiments/*;{Root}/src/Learning.Torch/*" />
              </ItemGroup>
              <Target Name="Pack">
                <MSBuild Projects="@(Packed)" Targets="Pack" Properties="Configuration={Configuration};NoBuild=true;PackageOutputPath={Folder}" />
              </Target>
            </Project>
            """);
        await RunAsync("dotnet", Root, "msbuild", list, "-t:Pack", "-nologo", "-verbosity:quiet", "-maxcpucount:2", "-nodeReuse:false");
        Made("packages");
    }

    public ValueTask DisposeAsync()
    {
        if (Kept is null)
        {
            folder.Delete(recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Builds a sample as others do: in a folder of its own, of packages alone.</summary>
    /// <returns>The assembly.</returns>
    public async Task<string> BuildSampleAsync(string name)
    {
        string sample = In(name), assembly = Path.Combine(sample, "built", $"{name}.dll");
        if (IsMade(name))
        {
            return assembly;
        }

        Directory.CreateDirectory(sample);
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "samples", name)))
        {
            File.Copy(file, Path.Combine(sample, Path.GetFileName(file)), overwrite: true);
        }

        // Packages that the machine has already need not come again; ours come from the folder and nowhere else.
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(sample, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{In("global")}" /></config>
              <packageSources><add key="edgeflora" value="{Folder}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);
        await RunAsync(
            "dotnet",
            sample,
            "build",
            Path.Combine(sample, $"{name}.csproj"),
            "--configuration",
            "Release",
            "--output",
            Path.Combine(sample, "built"),
            "--verbosity",
            "quiet",
            "-nodeReuse:false");
        Made(name);
        return assembly;
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it said.</returns>
    public static async Task<string> RunAsync(string program, string folder, params IReadOnlyList<string> arguments)
    {
        using Process process = Start(program, folder, arguments);
        var said = new StringBuilder();
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took longer than {Limit}; it said:\n{said}");
        }

        return process.ExitCode == 0
            ? said.ToString()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{said}");

        void Add(string? line)
        {
            lock (said)
            {
                said.Append(line).Append('\n');
            }
        }
    }

    /// <summary>Starts a program with its output to read.</summary>
    public static Process Start(string program, string folder, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The build that runs these tests must not reach into those of the samples.
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        return Process.Start(start)!;
    }

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "EdgeFlora.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("The repository's root was not found.");
    }

    private bool IsMade(string what) => File.Exists(In(what + ".made"));

    private void Made(string what) => File.WriteAllText(In(what + ".made"), "");

    private string In(string name) => Path.Combine(folder.FullName, name);
}
