using System.Text.Json;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>What <c>metrics.json</c> says.</summary>
/// <param name="Steps">Optimiser steps done; 0 where nothing was trained.</param>
/// <param name="Before">How well the adapter did that the task began with; null if that was not measured.</param>
/// <param name="After">How well the trained one does; null likewise.</param>
internal sealed record TrainerMetrics(int Steps, HeldOutFigures? Before, HeldOutFigures? After)
{
    private const int MaxBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <exception cref="TrainerFailedException">The file is missing, or no such thing, or a figure cannot be right.</exception>
    public static TrainerMetrics Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new TrainerFailedException("The trainer ended with exit code 0 but left no metrics.json.");
        }

        if (file.Length > MaxBytes)
        {
            throw new TrainerFailedException($"The trainer's metrics.json has {file.Length:N0} bytes; at most {MaxBytes:N0} are read.");
        }

        try
        {
            TrainerMetrics metrics = JsonSerializer.Deserialize<TrainerMetrics>(File.ReadAllBytes(path), Json)
                ?? throw new JsonException("The file holds null.");
            Require(metrics.Before, "before");
            Require(metrics.After, "after");
            return metrics;
        }
        catch (JsonException broken)
        {
            throw new TrainerFailedException($"The trainer's metrics.json cannot be read: {broken.Message}", broken);
        }
    }

    /// <exception cref="TrainerFailedException">A figure cannot be right.</exception>
    public static void Require(HeldOutFigures? figures, string part, string where = "metrics.json has ")
    {
        if (figures is null)
        {
            return;
        }

        foreach ((string name, double? value, double most) in new (string, double?, double)[]
        {
            ("loss", figures.Loss, double.MaxValue), ("accuracy", figures.Accuracy, 1), ("macroF1", figures.MacroF1, 1),
            ("bitsPerByte", figures.BitsPerByte, double.MaxValue), ("tokens", figures.Tokens, double.MaxValue),
        })
        {
            if (value is { } number && !(number >= 0 && number <= most))
            {
                throw new TrainerFailedException(FormattableString.Invariant(
                    $"The trainer's {where}{part}.{name} = {number}; it must be 0 or more{(most == 1 ? ", and at most 1" : "")}."));
            }
        }
    }
}
