using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Tests.Specs;

public sealed class SampleSpecTests
{
    private static string Folder => Path.Combine(Repository.Root, "samples", "run-specs");

    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Folder).Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_right(string file) => Assert.Empty(
        RunSpecReader.Read(File.ReadAllBytes(Path.Combine(Folder, file)), file).Mistakes.Select(mistake => mistake.ToString()));
}
