using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch;

/// <summary>Compiled instead of the engine where TorchSharp could not be restored: says so, and does nothing else.</summary>
public static class TorchProbe
{
    public static EngineProbe Run() => new(
        "torch",
        Usable: false,
        "left out of this build: no configured package source could restore TorchSharp; add one, delete artifacts/optional and build again");
}
