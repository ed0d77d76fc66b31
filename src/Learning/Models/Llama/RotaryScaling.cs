using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.Llama;

/// <summary>The frequencies of rotary positions and the published ways of stretching them to longer contexts, by <c>rope_scaling</c> (or <c>rope_parameters</c>) of <c>config.json</c>.</summary>
internal static class RotaryScaling
{
    private const double MostPositions = 1 << 24;

    /// <exception cref="InvalidDataException">A setting is out of range, or its kind is not supported; the message names it.</exception>
    public static RotaryTable Read(ConfigFile file, int headWidth, int maxPositions)
    {
        ConfigFile? scaling = file.Section("rope_parameters") ?? file.Section("rope_scaling");
        if (scaling?.FirstObject() is { } kindOfLayer)
        {
            throw scaling.Refuse($"\"{kindOfLayer}\" has rotary settings of its own; supported are settings that are the same for all layers");
        }

        foreach (ConfigFile? place in new[] { file, scaling })
        {
            if (place?.Number("partial_rotary_factor", 0, 1, fallback: 1) is not (null or 1))
            {
                throw place.Refuse("partial_rotary_factor is not 1; heads that are rotated in part are not supported");
            }
        }

        double theta = file.Number("rope_theta", 1.001, 1e12, fallback: scaling?.Number("rope_theta", 1.001, 1e12, fallback: 10_000) ?? 10_000);
        double[] plain = [.. Enumerable.Range(0, headWidth / 2).Select(i => Math.Pow(theta, -2.0 * i / headWidth))];
        bool interleaved = file.Flag("rope_interleaved", fallback: false);
        string kind = scaling is null ? "default" : scaling.Has("rope_type") ? scaling.Text("rope_type") : scaling.Has("type") ? scaling.Text("type") : "default";
        return kind switch
        {
            "default" => new RotaryTable(plain, interleaved),

            // Dynamic scaling begins past max_position_embeddings, which no sequence here is let to pass.
            "dynamic" => new RotaryTable(plain, interleaved),
            "linear" => new RotaryTable(Linear(plain, scaling!), interleaved),
            "llama3" => new RotaryTable(Llama3(plain, scaling!), interleaved),
            "yarn" => Yarn(plain, theta, scaling!, maxPositions, interleaved),
            _ => throw scaling!.Refuse($"rope_type is \"{kind}\"; supported are default, dynamic, linear, llama3 and yarn"),
        };
    }

    private static double Factor(ConfigFile scaling) => scaling.Number("factor", 1, 1e6);

    /// <summary>Positions pressed together by a factor.</summary>
    private static double[] Linear(double[] plain, ConfigFile scaling)
    {
        double factor = Factor(scaling);
        return [.. plain.Select(frequency => frequency / factor)];
    }

    /// <summary>Long waves stretched, short ones left, those between by parts of both (arXiv 2407.21783).</summary>
    private static double[] Llama3(double[] plain, ConfigFile scaling)
    {
        double factor = Factor(scaling);
        double low = scaling.Number("low_freq_factor", 1e-3, 1e6);
        double high = scaling.Number("high_freq_factor", 1e-3, 1e6);
        double original = scaling.Number("original_max_position_embeddings", 1, MostPositions);
        if (high <= low)
        {
            throw scaling.Refuse($"high_freq_factor is {high} and low_freq_factor {low}; the first is the larger");
        }

        return [.. plain.Select(frequency =>
        {
            double wavesInContext = original * frequency / (2 * Math.PI);
            double kept = Math.Clamp((wavesInContext - low) / (high - low), 0, 1);
            return (kept * frequency) + ((1 - kept) * frequency / factor);
        })];
    }

    /// <summary>YaRN (arXiv 2309.00071): frequencies stretched by a ramp over the pairs, and sharper attention.</summary>
    private static RotaryTable Yarn(double[] plain, double theta, ConfigFile scaling, int maxPositions, bool interleaved)
    {
        double factor = Factor(scaling);
        double original = scaling.Number("original_max_position_embeddings", 1, MostPositions, fallback: maxPositions);
        double first = Pair(scaling.Number("beta_fast", 1e-3, 1e6, fallback: 32));
        double last = Pair(scaling.Number("beta_slow", 1e-3, 1e6, fallback: 1));
        if (scaling.Flag("truncate", fallback: true))
        {
            (first, last) = (Math.Floor(first), Math.Ceiling(last));
        }

        (first, last) = (Math.Max(first, 0), Math.Min(last, (2 * plain.Length) - 1));
        double width = last == first ? 0.001 : last - first;
        double[] stretched = [.. plain.Select((frequency, pair) =>
        {
            double kept = 1 - Math.Clamp((pair - first) / width, 0, 1);
            return (kept * frequency) + ((1 - kept) * frequency / factor);
        })];
        return new RotaryTable(stretched, interleaved, Attention());

        // The pair that turns so many times within the original context.
        double Pair(double turns) => plain.Length * Math.Log(original / (turns * 2 * Math.PI)) / Math.Log(theta);

        double Attention()
        {
            double? all = scaling.Has("mscale_all_dim") ? scaling.Number("mscale_all_dim", 0, 1e3) : null;
            double? own = scaling.Has("mscale") ? scaling.Number("mscale", 0, 1e3) : null;
            double byFactor = own > 0 && all > 0 ? Scale(own.Value) / Scale(all.Value) : Scale(1);
            return scaling.Number("attention_factor", 1e-3, 1e3, fallback: byFactor);
        }

        double Scale(double m) => factor <= 1 ? 1 : (0.1 * m * Math.Log(factor)) + 1;
    }
}
