using System.Buffers.Binary;
using System.Formats.Tar;
using System.Reflection;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Testing;
using EdgeFlora.Testing.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Containers.Tests;

/// <summary>
/// The agent's image for arm64 (<c>EDGEFLORA_ARM64_IMAGE</c>, built by <c>infra/images.sh</c>). The program in it is the one that the tests on arm64
/// of other projects run.
/// </summary>
public sealed class Arm64ImageTests
{
    private const string Emulator = "/usr/bin/qemu-aarch64-static";

    /// <summary>The machine's number in the head of an ELF file, and where it stands.</summary>
    private const ushort AArch64 = 183;

    private const int MachineAt = 18;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_image_is_for_arm64_small_and_like_the_other_one()
    {
        string image = await RequireAsync();
        using DockerClient engine = ContainerEngine.Client();

        ImageInspectResponse found = await engine.Images.InspectImageAsync(image, Stop);
        ImageInspectResponse other = await engine.Images.InspectImageAsync(Images.Agent, Stop);

        Assert.Equal(("linux", "arm64"), (found.Os, found.Architecture));
        Assert.True(found.Size <= ImageTests.MostBytes, $"{image} takes {found.Size:N0} bytes; at most {ImageTests.MostBytes:N0} are wanted");
        Assert.Equal((other.Config!.User, other.Config.WorkingDir), (found.Config!.User, found.Config.WorkingDir));
        Assert.Equal(other.Config.Entrypoint, found.Config.Entrypoint);
        Assert.Equal(["/state"], found.Config.Volumes!.Keys);
    }

    [Fact]
    public async Task All_native_code_of_the_program_is_for_arm64()
    {
        string image = await RequireAsync();
        using DockerClient engine = ContainerEngine.Client();
        CreateContainerResponse container = await engine.Containers.CreateContainerAsync(new CreateContainerParameters { Image = image }, Stop);
        var machines = new Dictionary<string, ushort>(StringComparer.Ordinal);
        try
        {
            ContainerArchiveResponse archive = await engine.Containers.GetArchiveFromContainerAsync(
                container.ID, new ContainerPathStatParameters { Path = ImageTests.Programs }, statOnly: false, Stop);
            await using Stream stream = archive.Stream ?? throw new InvalidOperationException($"{image} has no {ImageTests.Programs}.");
            await using var files = new TarReader(stream);
            byte[] head = new byte[MachineAt + 2];
            while (await files.GetNextEntryAsync(copyData: false, Stop) is { } file)
            {
                if (file.DataStream is { } bytes && await bytes.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, Stop) == head.Length
                    && head.AsSpan().StartsWith("\u007fELF"u8))
                {
                    machines[Path.GetFileName(file.Name)] = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(MachineAt));
                }
            }
        }
        finally
        {
            await engine.Containers.RemoveContainerAsync(
                container.ID, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, CancellationToken.None);
        }

        Assert.Contains("edgeflora", machines.Keys);
        Assert.Contains("libcoreclr.so", machines.Keys);
        Assert.All(machines, file => Assert.Equal((file.Key, AArch64), (file.Key, file.Value)));
    }

    [Fact]
    public async Task Its_program_runs_on_what_is_in_the_image()
    {
        string image = await RequireAsync();
        Assert.True(File.Exists(Emulator), $"{Emulator} is missing; on Debian: apt-get install qemu-user-static");
        await using IContainer container = new ContainerBuilder(image)
            .WithLogger(NullLogger.Instance)
            .WithBindMount(Emulator, "/emulator", AccessMode.ReadOnly)
            .WithEntrypoint("/emulator")
            .WithCommand($"{ImageTests.Programs}/edgeflora", "--version")
            .WithEnvironment(Arm64Program.Emulated)
            .Build();

        await container.StartAsync(Stop);
        long exit = await container.GetExitCodeAsync(Stop);

        (string said, string complained) = await container.GetLogsAsync(timestampsEnabled: false, ct: Stop);
        string version = typeof(Federation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.True(exit == 0, $"exit code {exit}\n{said}\n{complained}");
        Assert.StartsWith(version.Split('+')[0], said, StringComparison.Ordinal);
    }

    /// <returns>The image's name.</returns>
    private static async Task<string> RequireAsync()
    {
        await Engine.RequireImagesAsync();
        string? image = Environment.GetEnvironmentVariable("EDGEFLORA_ARM64_IMAGE");
        Engine.Require(
            image is { Length: > 0 } ? null : "EDGEFLORA_ARM64_IMAGE names no image for arm64; infra/test-environment.sh builds it and sets it");
        return image!;
    }
}
