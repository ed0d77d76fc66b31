using System.Formats.Tar;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Docker.DotNet;
using Docker.DotNet.Models;
using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Testing.Containers;

namespace EdgeFlora.Containers.Tests;

/// <summary>What is in the images, and what is not.</summary>
public sealed class ImageTests
{
    internal const long MostBytes = 130_000_000;

    internal const string Programs = "/opt/edgeflora";

    /// <summary>
    /// Named by assemblies of ASP.NET, in code that is never run here: pages and their helpers, caches of answers, ways to sign in, HTTP/3, and web
    /// servers of other systems; by a web server that the metrics bring along; and by the list of all that .NET Standard has.
    /// </summary>
    private static readonly string[] NeverLoaded =
    [
        "Microsoft.AspNetCore.Authentication",
        "Microsoft.AspNetCore.Components",
        "Microsoft.AspNetCore.Components.Endpoints",
        "Microsoft.AspNetCore.DataProtection",
        "Microsoft.AspNetCore.Diagnostics",
        "Microsoft.AspNetCore.HostFiltering",
        "Microsoft.AspNetCore.HttpOverrides",
        "Microsoft.AspNetCore.Mvc.Razor",
        "Microsoft.AspNetCore.Mvc.ViewFeatures",
        "Microsoft.AspNetCore.OutputCaching",
        "Microsoft.AspNetCore.Razor.Runtime",
        "Microsoft.AspNetCore.ResponseCaching.Abstractions",
        "Microsoft.AspNetCore.Server.HttpSys",
        "Microsoft.AspNetCore.Server.IIS",
        "Microsoft.AspNetCore.Server.IISIntegration",
        "Microsoft.AspNetCore.Server.Kestrel.Transport.Quic",
        "System.Diagnostics.TextWriterTraceListener",
        "System.IO.IsolatedStorage",
        "System.Linq.Parallel",
        "System.Linq.Queryable",
        "System.Net.HttpListener",
        "System.Net.Ping",
        "System.Net.WebClient",
        "System.Net.WebSockets.Client",
        "System.Private.DataContractSerialization",
        "System.Reflection.DispatchProxy",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Small => [Images.Coordinator, Images.Agent];

    [Theory]
    [MemberData(nameof(Small))]
    public async Task An_image_without_torch_is_small_and_runs_as_a_user_without_rights(string image)
    {
        await Engine.RequireImagesAsync();
        using DockerClient engine = ContainerEngine.Client();

        ImageInspectResponse found = await engine.Images.InspectImageAsync(image, Stop);

        Assert.True(found.Size <= MostBytes, $"{image} takes {found.Size:N0} bytes; at most {MostBytes:N0} are wanted");
        Assert.Equal("1654", found.Config?.User);
    }

    /// <summary>src/Cli/UnusedRuntimeFiles.targets leaves out what travels with .NET and is never loaded.</summary>
    [Fact]
    public async Task No_assembly_of_the_program_names_one_that_was_left_out()
    {
        await Engine.RequireImagesAsync();
        Dictionary<string, string[]> named = await AssembliesAsync(Images.Agent);
        var reached = new HashSet<string>(["edgeflora"], StringComparer.OrdinalIgnoreCase);
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out string? assembly))
        {
            foreach (string next in named.GetValueOrDefault(assembly, []).Where(reached.Add))
            {
                open.Enqueue(next);
            }
        }

        Assert.True(reached.Count > 100, $"only {reached.Count} assemblies were found");
        Assert.Equal(NeverLoaded, reached.Where(assembly => !named.ContainsKey(assembly)).Order(StringComparer.Ordinal));
    }

    /// <summary>The assemblies of an image by name, each with the names of those that it refers to.</summary>
    private static async Task<Dictionary<string, string[]>> AssembliesAsync(string image)
    {
        var named = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        using DockerClient engine = ContainerEngine.Client();
        CreateContainerResponse container = await engine.Containers.CreateContainerAsync(new CreateContainerParameters { Image = image }, Stop);
        try
        {
            ContainerArchiveResponse archive = await engine.Containers.GetArchiveFromContainerAsync(
                container.ID, new ContainerPathStatParameters { Path = Programs }, statOnly: false, Stop);
            await using Stream stream = archive.Stream ?? throw new InvalidOperationException($"{image} has no {Programs}.");
            await using var files = new TarReader(stream);
            while (await files.GetNextEntryAsync(copyData: true, Stop) is { } file)
            {
                if (file.DataStream is { } bytes && Path.GetExtension(file.Name) == ".dll")
                {
                    using var assembly = new PEReader(bytes);
                    MetadataReader metadata = assembly.GetMetadataReader();
                    named[Path.GetFileNameWithoutExtension(file.Name)] =
                    [
                        .. metadata.AssemblyReferences.Select(reference => metadata.GetString(metadata.GetAssemblyReference(reference).Name)),
                    ];
                }
            }
        }
        finally
        {
            await engine.Containers.RemoveContainerAsync(
                container.ID, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, CancellationToken.None);
        }

        return named;
    }
}
