//! Tells what is on photographs through WASI-NN, and knows nothing of who answers: a runtime's plugin, or
//! what toolchains/nn-link put into the module.
//!     nn-rust MODEL LABELS PICTURE...
//! MODEL is the name of a model that is there already, or a file NAME.onnx of a network that takes
//! float32 [1,3,224,224] and gives one number per line of LABELS.
use resize::{px::RGB, Pixel::RGB8, Type::Catrom};
use std::{env, error::Error, fs, process::ExitCode};
use wasmedge_wasi_nn::{ExecutionTarget, GraphBuilder, GraphEncoding, GraphExecutionContext, TensorType};
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

const SIDE: usize = 224;

/// The largest centred square of a JPEG, made small: planes of red, green and blue, around 0.
fn planes(file: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut decoder = JpegDecoder::new_with_options(
        ZCursor::new(fs::read(file)?),
        DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB),
    );
    let pixels = decoder.decode().map_err(|e| e.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("no picture")?;
    let n = width.min(height);
    let corner = (height - n) / 2 * width + (width - n) / 2;
    let source: Vec<RGB<u8>> = pixels.chunks_exact(3).map(|p| RGB::new(p[0], p[1], p[2])).collect();
    let mut small = vec![RGB::new(0u8, 0, 0); SIDE * SIDE];
    resize::new(n, n, SIDE, SIDE, RGB8, Catrom)?.resize_stride(&source[corner..], width, &mut small)?;
    let mut out = Vec::with_capacity(3 * SIDE * SIDE);
    let channels: [fn(&RGB<u8>) -> u8; 3] = [|p| p.r, |p| p.g, |p| p.b];
    for channel in channels {
        out.extend(small.iter().map(|p| (f32::from(channel(p)) - 127.0) / 128.0));
    }
    Ok(out)
}

/// Probabilities, one per label.
fn run(context: &mut GraphExecutionContext, input: &[f32], classes: usize) -> Result<Vec<f32>, Box<dyn Error>> {
    context.set_input(0, TensorType::F32, &[1, 3, SIDE, SIDE], input)?;
    context.compute()?;
    let mut logits = vec![0f32; classes];
    let bytes = context.get_output(0, &mut logits)?;
    if bytes != 4 * classes {
        return Err(format!("the model gives {bytes} bytes, not a number for each of {classes} labels").into());
    }
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = logits.iter().map(|x| (x - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    Ok(powers.iter().map(|x| x / sum).collect())
}

fn classify(model: &str, labels: &str, pictures: &[String]) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(labels).map_err(|e| format!("{labels}: {e}"))?;
    let labels: Vec<&str> = text.lines().collect();
    let builder = GraphBuilder::new(GraphEncoding::Onnx, ExecutionTarget::CPU);
    let graph = if model.ends_with(".onnx") { builder.build_from_files([model]) } else { builder.build_from_cache(model) }
        .map_err(|e| format!("{model}: {e}"))?;
    let mut context = graph.init_execution_context()?;
    for picture in pictures {
        let input = planes(picture).map_err(|e| format!("{picture}: {e}"))?;
        let scores = run(&mut context, &input, labels.len())?;
        let mut best: Vec<usize> = (0..scores.len()).collect();
        best.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        println!("{picture}");
        for &i in best.iter().take(5) {
            println!("  {:5.2} %  {}", 100.0 * scores[i], labels[i]);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, labels, pictures @ ..] = arguments.as_slice() else {
        eprintln!("usage: nn-rust MODEL LABELS PICTURE...");
        return ExitCode::from(2);
    };
    match classify(model, labels, pictures) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("nn-rust: {e}");
            ExitCode::FAILURE
        }
    }
}
