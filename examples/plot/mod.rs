//! Plots of the examples, as SVG files.

use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

/// Coordinates are whole numbers, so a picture is drawn larger than it is shown, and lines are smooth.
const CURVES_SIZE: (u32, u32) = (1800, 1000);
const FIELD_SIZE: (u32, u32) = (1300, 1120);
const TITLE: (&str, i32) = ("sans-serif", 40);
const LABEL: (&str, i32) = ("sans-serif", 26);
/// Width of the legend, and of the bar of colours.
const SIDE: u32 = 330;

/// Colours that differ for all eyes (after Okabe and Ito), each dark enough for a line on white.
const PALETTE: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 138, 100),
    RGBColor(180, 80, 145),
    RGBColor(60, 60, 60),
    RGBColor(200, 140, 0),
];

/// From the least value to the largest: dark to light.
const COLOURS: [RGBColor; 5] = [
    RGBColor(68, 1, 84),
    RGBColor(59, 82, 139),
    RGBColor(33, 145, 140),
    RGBColor(94, 201, 98),
    RGBColor(253, 231, 37),
];

/// A curve: its name and its points.
pub type Curve = (String, Vec<(f64, f64)>);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The picture in two, the main part and what explains it, below the title.
fn divided<'a>(
    path: &'a Path,
    size: (u32, u32),
    title: &str,
) -> Result<(Area<'a>, Area<'a>), Box<dyn Error>> {
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    let area = area.titled(title, TITLE)?;
    Ok(area.split_horizontally(size.0 - SIDE))
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
}

/// A number without zeros that say nothing.
fn short(value: &f64) -> String {
    format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Draws curves over one horizontal axis.
pub fn curves(path: &Path, title: &str, axes: (&str, &str), curves: &[Curve]) -> Result<(), Box<dyn Error>> {
    let points = || curves.iter().flat_map(|c| c.1.iter());
    let (left, right) = range(points().map(|p| p.0));
    let (low, high) = range(points().map(|p| p.1));
    let margin = 0.05 * (high - low).max(1e-12);
    let (main, side) = divided(path, CURVES_SIZE, title)?;
    let mut chart = ChartBuilder::on(&main)
        .margin(24)
        .x_label_area_size(80)
        .y_label_area_size(200)
        .build_cartesian_2d(left..right, low - margin..high + margin)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(axes.0)
        .y_desc(axes.1)
        .x_label_formatter(&short)
        .y_label_formatter(&short)
        .label_style(LABEL)
        .axis_desc_style(LABEL)
        .draw()?;
    for (at, (name, points)) in curves.iter().enumerate() {
        let line = PALETTE[at % PALETTE.len()].stroke_width(4);
        chart.draw_series(LineSeries::new(points.iter().copied(), line))?;
        let y = 50 + 44 * at as i32;
        side.draw(&PathElement::new([(0, y), (44, y)], line))?;
        side.draw(&Text::new(name.clone(), (58, y - 13), LABEL))?;
    }
    side.present()?;
    Ok(())
}

/// Draws a field on a grid, row by row from below, as coloured cells, and what the colours mean.
pub fn field(
    path: &Path,
    title: &str,
    axes: (&str, &str, &str),
    columns: usize,
    values: &[f64],
) -> Result<(), Box<dyn Error>> {
    let rows = values.len() / columns.max(1);
    let (low, high) = range(values.iter().copied());
    let high = if high > low { high } else { low + 1e-12 };
    let colour = |value: f64| {
        let level = (value - low) / (high - low) * (COLOURS.len() - 1) as f64;
        let below = (level as usize).min(COLOURS.len() - 2);
        let (a, b, part) = (COLOURS[below], COLOURS[below + 1], level - below as f64);
        let mixed = |a: u8, b: u8| (a as f64 + part * (b as f64 - a as f64)).round() as u8;
        RGBColor(mixed(a.0, b.0), mixed(a.1, b.1), mixed(a.2, b.2)).filled()
    };
    let (main, side) = divided(path, FIELD_SIZE, title)?;
    let mut chart = ChartBuilder::on(&main)
        .margin(24)
        .x_label_area_size(80)
        .y_label_area_size(100)
        .build_cartesian_2d(0..columns, 0..rows)?;
    let mut mesh = chart.configure_mesh();
    mesh.disable_mesh().x_desc(axes.0).y_desc(axes.1).label_style(LABEL).axis_desc_style(LABEL).draw()?;
    chart.draw_series(values.iter().enumerate().map(|(at, value)| {
        let (column, row) = (at % columns, at / columns);
        Rectangle::new([(column, row), (column + 1, row + 1)], colour(*value))
    }))?;
    /// Steps of the bar of colours.
    const STEPS: usize = 100;
    let mut bar = ChartBuilder::on(&side)
        .margin_top(24)
        .margin_bottom(104)
        .margin_right(130)
        .y_label_area_size(150)
        .build_cartesian_2d(0..1, low..high)?;
    let mut mesh = bar.configure_mesh();
    mesh.disable_mesh().disable_x_axis().y_desc(axes.2).label_style(LABEL).axis_desc_style(LABEL).draw()?;
    let value = |step: usize| low + (high - low) * step as f64 / STEPS as f64;
    bar.draw_series((0..STEPS).map(|step| {
        Rectangle::new(
            [(0, value(step)), (1, value(step + 1))],
            colour((value(step) + value(step + 1)) / 2.0),
        )
    }))?;
    side.present()?;
    Ok(())
}
