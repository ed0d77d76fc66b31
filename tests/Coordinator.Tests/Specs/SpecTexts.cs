using System.Text;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Tests.Specs;

/// <summary>Specs as texts.</summary>
internal static class SpecTexts
{
    public static RunSpecReading Read(string text, params string[] overrides) => RunSpecReader.Read(
        Encoding.UTF8.GetBytes(text), "spec.yaml", overrides);

    public static string[] Mistakes(string text, params string[] overrides)
    {
        RunSpecReading reading = Read(text, overrides);
        Assert.Null(reading.Spec);
        Assert.Null(reading.Document);
        return [.. reading.Mistakes.Select(mistake => mistake.ToString())];
    }

    public static RunSpec Spec(string text, params string[] overrides)
    {
        RunSpecReading reading = Read(text, overrides);
        Assert.Empty(reading.Mistakes.Select(mistake => mistake.ToString()));
        return reading.Spec!;
    }
}
